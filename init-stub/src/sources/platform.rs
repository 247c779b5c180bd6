//! On which platform the machine runs, and what each platform's metadata service is like. All of it is one table, which
//! is generated: a platform more is a row more in schema/platforms.ts.

mod row;
#[rustfmt::skip]
mod table;

use crate::core::error::{Code, Error, Result};
use crate::core::event::DetectedBy;
pub use crate::core::platform_network::Format;
pub use row::{Encoding, Fact, Header, Mark, Platform, Token};
pub use table::TABLE;

/// Another address of some, on the link itself: it needs no lease, only the address that the kernel makes by itself.
pub const ON_THE_LINK: &str = "http://[fe80::a9fe:a9fe]";

/// The row of a platform.
pub fn row(name: &str) -> Option<&'static Platform> {
    // A const item is created again at each use, so its rows live only as a static does.
    static ROWS: &[Platform] = &TABLE;
    ROWS.iter().find(|row| row.name == name)
}

/// A fact of the firmware, without the spaces and newlines around it; empty when there is none.
pub fn firmware(fact: &str) -> String {
    std::fs::read_to_string(format!("/sys/class/dmi/id/{fact}")).unwrap_or_default().trim().to_owned()
}

/// The platform of this machine and who says so; None when nobody names one that Keel knows.
/// `keel.platform=none` is an answer too: there is no platform, whatever the firmware says.
pub fn detect() -> Result<Option<(&'static str, DetectedBy)>> {
    detect_by(super::value("keel.platform=").as_deref(), firmware)
}

fn detect_by(named: Option<&str>, firmware: impl Fn(&str) -> String) -> Result<Option<(&'static str, DetectedBy)>> {
    let Some(named) = named else {
        let row = TABLE.iter().find(|row| row.marks.iter().any(|mark| fits(mark, &firmware)));
        return Ok(row.map(|row| (row.name, DetectedBy::Firmware)));
    };
    let known = std::iter::once("none").chain(TABLE.iter().map(|row| row.name));
    match known.clone().find(|name| *name == named) {
        Some(name) => Ok(Some((name, DetectedBy::Cmdline))),
        None => Err(Error::new(Code::PlatformUnknown, "find platform", named)
            .with_detail(format!("keel.platform= may be: {}", known.collect::<Vec<_>>().join(", ")))),
    }
}

fn fits(mark: &Mark, firmware: impl Fn(&str) -> String) -> bool {
    match mark {
        Mark::Is(fact, text) => firmware(fact) == *text,
        Mark::Begins(fact, text) => firmware(fact).starts_with(text),
        Mark::XenUuid(fact) => {
            let uuid = firmware(fact).to_lowercase();
            let swapped = uuid.get(4..8).is_some_and(|end| end.starts_with('2') && end.ends_with("ec"));
            uuid.starts_with("ec2") || (swapped && uuid.get(8..9) == Some("-"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(fact: &'static str, text: &'static str) -> Option<&'static str> {
        detect_by(None, |asked| if asked == fact { text.into() } else { String::new() }).unwrap().map(|(name, _)| name)
    }

    #[test]
    fn the_firmware_tells_the_platform() {
        for (fact, text, name) in [
            ("chassis_asset_tag", "7783-7084-3265-9085-8269-3286-77", Some("azure")),
            ("chassis_asset_tag", "HUAWEICLOUD", Some("openstack")),
            ("product_name", "OpenStack Compute", Some("openstack")),
            ("sys_vendor", "Amazon EC2", Some("aws")),
            ("product_uuid", "EC2E1916-9099-7CAF-FD21-012345ABCDEF", Some("aws")),
            ("product_uuid", "45E12AEC-DCD1-B213-94ED-012345ABCDEF", Some("aws")),
            ("product_uuid", "45E12AED-DCD1-B213-94ED-012345ABCDEF", None),
            ("product_serial", "GoogleCloud-1234", Some("gcp")),
            ("product_name", "Google Compute Engine", Some("gcp")),
            ("sys_vendor", "DigitalOcean", Some("digitalocean")),
            ("sys_vendor", "Hetzner", Some("hetzner")),
            ("sys_vendor", "QEMU", None),
        ] {
            assert_eq!(found(fact, text), name, "{fact} {text}");
        }
    }

    #[test]
    fn the_command_line_has_the_last_word() {
        let hetzner = |fact: &str| if fact == "sys_vendor" { "Hetzner".to_owned() } else { String::new() };
        assert_eq!(detect_by(Some("none"), hetzner).unwrap(), Some(("none", DetectedBy::Cmdline)));
        assert_eq!(detect_by(Some("gcp"), hetzner).unwrap(), Some(("gcp", DetectedBy::Cmdline)));
        let error = detect_by(Some("gpc"), hetzner).unwrap_err();
        assert_eq!((error.code, error.object.as_str()), (Code::PlatformUnknown, "gpc"));
        assert!(error.detail.unwrap().contains("hetzner"));
    }
}
