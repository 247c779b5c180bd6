//! `child volume`: reads a document from a filesystem, and from the file beside it what
//! the machine's provider calls the machine.

use crate::core::codec::xml::text_of;
use crate::core::config::LIMIT;
use crate::core::error::{Code, Error, Step};
use crate::core::from_base64::from_base64;
use crate::pid1::node::Instance;
use crate::pid1::worker::{job, refuse, reply};
use crate::sources::azure::OVF;
use crate::sources::{Contents, VolumeJob};
use crate::sys::confine::drop_capabilities;
use crate::sys::mounted::Mounted;
use serde_json::Value;
use std::io;

/// More than any provider writes into its companion file.
const COMPANION_LIMIT: usize = 64 << 10;

/// 0: a line of [`Contents`] and the document are on stdout. 1: an [`Error`] is.
pub fn run() -> u8 {
    let Some((wanted, _)) = job::<VolumeJob>(0) else { return 2 };
    match read(&wanted) {
        Ok((contents, bytes)) => reply(&contents, &bytes),
        Err(error) => refuse(&error),
    }
}

fn read(VolumeJob { device, format, document: path, companion }: &VolumeJob) -> Result<(Contents, Vec<u8>), Error> {
    let mounted = Mounted::new(device, format).map_err(|e| unmountable(&e, device, format))?;
    drop_capabilities().step(Code::KernelRefused, "confine", "volume")?;
    let object = format!("{path} on {device}");
    let bytes = mounted.read(path, LIMIT).map_err(|e| Error {
        errno: e.raw_os_error(),
        ..Error::new(Code::SourceUnreadable, "read", &object).with_detail(e.to_string())
    })?;
    if bytes.as_ref().is_some_and(|bytes| bytes.len() > LIMIT) {
        return Err(Error::new(Code::ConfigTooLarge, "read", object)
            .with_detail(format!("it has more than {} MiB", LIMIT >> 20)));
    }
    let bytes = if path == OVF { bytes.map(|xml| custom_data(&xml, &object)).transpose()? } else { bytes };
    // No boot fails for the lack of a name.
    let beside =
        companion.as_deref().and_then(|path| mounted.read(path, COMPANION_LIMIT).ok()?.map(|text| (path, text)));
    let instance = beside.map(|(path, text)| instance(path, &text)).unwrap_or_default();
    Ok((Contents { present: bytes.is_some(), instance }, bytes.unwrap_or_default()))
}

/// What Azure's description of the machine carries for its user; nothing when that is nothing.
fn custom_data(xml: &[u8], object: &str) -> Result<Vec<u8>, Error> {
    let xml = String::from_utf8_lossy(xml);
    from_base64(text_of(&xml, "CustomData").unwrap_or_default().as_bytes())
        .ok_or_else(|| Error::new(Code::ConfigUnreadable, "decode", object).with_detail("its CustomData is no base64"))
}

/// The error of a filesystem that the kernel does not mount.
pub fn unmountable(cause: &io::Error, device: &str, format: &str) -> Error {
    let lacks_driver = cause.raw_os_error() == Some(libc::ENODEV);
    let (code, object, detail) = if lacks_driver {
        (
            Code::ModuleMissing,
            format!("filesystem {format}"),
            format!("{device} holds one, and the image has no driver"),
        )
    } else {
        (Code::SourceUnreadable, device.to_owned(), format!("its {format} is damaged"))
    };
    Error { errno: cause.raw_os_error(), ..Error::new(code, "mount", object).with_detail(detail) }
}

fn instance(path: &str, text: &[u8]) -> Instance {
    if path.ends_with(".json") { openstack(text) } else { nocloud(text) }
}

/// OpenStack's meta_data.json.
fn openstack(text: &[u8]) -> Instance {
    let value: Value = serde_json::from_slice(text).unwrap_or_default();
    Instance { instance_id: text_at(&value, &["uuid"]), hostname: text_at(&value, &["hostname", "name"]) }
}

/// NoCloud's meta-data: YAML, of which the two keys need no more than their lines, or JSON.
fn nocloud(text: &[u8]) -> Instance {
    const ID: [&str; 1] = ["instance-id"];
    const HOSTNAME: [&str; 2] = ["local-hostname", "hostname"];
    if let Ok(value) = serde_json::from_slice::<Value>(text) {
        return Instance { instance_id: text_at(&value, &ID), hostname: text_at(&value, &HOSTNAME) };
    }
    let text = String::from_utf8_lossy(text);
    let line = |key: &str| {
        let value = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
        let value = value.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']);
        Some(value.to_owned()).filter(|value| !value.is_empty())
    };
    Instance { instance_id: ID.iter().find_map(|k| line(k)), hostname: HOSTNAME.iter().find_map(|k| line(k)) }
}

fn text_at(value: &Value, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| value.get(key)?.as_str()).filter(|text| !text.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(id: &str, hostname: &str) -> Instance {
        Instance { instance_id: Some(id.into()), hostname: Some(hostname.into()) }
    }

    #[test]
    fn meta_data_is_read_as_yaml_and_as_json() {
        assert_eq!(nocloud(b"# x\ninstance-id: i-1 # new\nlocal-hostname: \"a.example\"\r\n"), is("i-1", "a.example"));
        assert_eq!(nocloud(b"hostname: b\ninstance-id: 'i-2'\n"), is("i-2", "b"));
        assert_eq!(nocloud(br#"{"instance-id": "i-3", "local-hostname": "c"}"#), is("i-3", "c"));
        assert_eq!(nocloud(b"nested:\n  instance-id: no\ninstance-id:\n"), Instance::default());
        assert_eq!(nocloud(&[0xff, 0xfe, b'\n']), Instance::default());
        assert_eq!(instance("openstack/latest/meta_data.json", br#"{"uuid":"u","hostname":"d"}"#), is("u", "d"));
        assert_eq!(openstack(b"["), Instance::default());
    }

    #[test]
    fn custom_data_is_taken_out_of_azures_description_of_the_machine() {
        let of = |xml: &str| custom_data(xml.as_bytes(), "ovf-env.xml on /dev/sr0").map_err(|error| error.code);
        let ns = "<Environment xmlns=\"http://schemas.dmtf.org/ovf/environment/1\"><wa:ProvisioningSection>";
        assert_eq!(of(&format!("\u{feff}{ns}<CustomData>ZG9j\r\n Cg==</CustomData>")), Ok(b"doc\n".to_vec()));
        for none in ["", ns, "<CustomData/>", "<ns1:CustomData></ns1:CustomData>"] {
            assert_eq!(of(none), Ok(Vec::new()), "{none}");
        }
        assert_eq!(of("<CustomData>{}</CustomData>"), Err(Code::ConfigUnreadable));
    }

    #[test]
    fn a_filesystem_without_a_driver_and_a_damaged_one_are_told_apart() {
        let refused = |errno| unmountable(&io::Error::from_raw_os_error(errno), "/dev/vdb", "vfat").code;
        assert_eq!(refused(libc::ENODEV), Code::ModuleMissing);
        assert_eq!(refused(libc::EINVAL), Code::SourceUnreadable);
    }
}
