//! A host name that the machine finds out. Once found it stays: a node that joined under a name must keep it, whatever
//! a server says later.

use super::is_host_name;
use crate::core::config::NameOrigin;
use crate::core::error::{Code, Error, Step};
use crate::core::plan::network::SeenLink;
use crate::net::state::hostname_of_lease;
use crate::pid1::failed::has_state;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use crate::sources::metadata::learn_instance;
use crate::sys::atomic_write;
use crate::sys::netdev::Links;
use std::path::Path;

const KEPT: &str = "/keel/state/identity/hostname";

/// The name that was found at an earlier boot, or the first that an origin has.
pub fn run(node: &mut Node, from: &[NameOrigin]) -> Result<String, Interrupt> {
    if let Some(name) = kept() {
        return Ok(name);
    }
    for origin in from {
        let Some(given) = ask(node, *origin)? else { continue };
        match usable(&given) {
            Some(name) => {
                if has_state() {
                    // Before the name is used.
                    atomic_write::write(Path::new(KEPT), 0o644, format!("{name}\n").as_bytes()).step(
                        Code::PathUnwritable,
                        "write",
                        KEPT,
                    )?;
                }
                return Ok(name);
            }
            None => {
                let shown: String = given.chars().take(80).collect();
                let error = Error::new(Code::HostnameRefused, "take host name from", word(*origin))
                    .with_detail(format!("{shown:?} is not a valid host name for a node"));
                node.warn(error, None);
            }
        }
    }
    let asked: Vec<&str> = from
        .iter()
        .map(|origin| match origin {
            // Only a machine without a card has none.
            NameOrigin::Mac => "mac (the machine has no Ethernet card)",
            origin => word(*origin),
        })
        .collect();
    Err(Error::new(Code::HostnameMissing, "find", "a host name")
        .with_detail(format!("asked without success: {}", asked.join(", ")))
        .with_pointer("/hostname")
        .into())
}

fn ask(node: &mut Node, origin: NameOrigin) -> Result<Option<String>, Interrupt> {
    Ok(match origin {
        NameOrigin::Metadata => {
            learn_instance(node)?;
            node.instance.hostname.clone()
        }
        NameOrigin::Dhcp => hostname_of_lease(node),
        NameOrigin::Mac => of_card(),
    })
}

/// The name that the machine's first Ethernet card gives it.
pub fn of_card() -> Option<String> {
    of_mac(&Links::open().and_then(|links| links.all()).unwrap_or_default())
}

fn of_mac(links: &[SeenLink]) -> Option<String> {
    let first = links.iter().find(|link| link.is_physical())?;
    Some(format!("keel-{}", first.mac.as_ref()?.replace(':', "")))
}

/// The first label in lower case, as cloud-init sets it and Kubernetes wants it, whatever the source of the name: providers differ
/// in whether they give a name of the DNS, and one machine must not have two names. A whole name stands in `hostname`.
fn usable(given: &str) -> Option<String> {
    // An address is not a name, and neither is its first number.
    if given.parse::<std::net::IpAddr>().is_ok() {
        return None;
    }
    let name = given.split('.').next()?.to_lowercase();
    is_host_name(&name).then_some(name)
}

/// Whether a lease gives this name.
pub fn is_of_lease(node: &mut Node, name: &str) -> bool {
    hostname_of_lease(node).and_then(|given| usable(&given)).as_deref() == Some(name)
}

/// The name that was found at an earlier boot.
pub fn kept() -> Option<String> {
    kept_in(Path::new(KEPT))
}

fn kept_in(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok().map(|text| text.trim().to_owned()).filter(|name| is_host_name(name))
}

/// As the config spells it.
fn word(origin: NameOrigin) -> &'static str {
    match origin {
        NameOrigin::Metadata => "metadata",
        NameOrigin::Dhcp => "dhcp",
        NameOrigin::Mac => "mac",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_in_lower_case_and_cut_to_its_first_label() {
        for given in ["W1.Example.ORG.", "w1", "w1.", "w1.ec2.internal", "w1.a_b"] {
            assert_eq!(usable(given).as_deref(), Some("w1"), "{given}");
        }
        for given in [
            "10.0.2.15",
            "2001:db8::15",
            "::ffff:10.0.2.15",
            "localhost.localdomain",
            ".example.org",
            "a_b.example.org",
        ] {
            assert_eq!(usable(given), None, "{given}");
        }
        let long = format!("worker-1.{}", "a.".repeat(40));
        assert_eq!(usable(&long).as_deref(), Some("worker-1"));
        assert_eq!(usable("not a name"), None);
        assert_eq!(usable(""), None);
    }

    #[test]
    fn a_kept_name_counts_only_if_it_is_one() {
        let folder = crate::scratch::Scratch::new("kept-name");
        let path = folder.join("hostname");
        assert_eq!(kept_in(&path), None);
        std::fs::write(&path, "w1\n").unwrap();
        assert_eq!(kept_in(&path).as_deref(), Some("w1"));
        std::fs::write(&path, "\0").unwrap();
        assert_eq!(kept_in(&path), None);
    }

    #[test]
    fn the_hardware_address_makes_a_name() {
        let link = |name: &str, mac: Option<&str>, kind: Option<&str>| SeenLink {
            name: name.into(),
            mac: mac.map(str::to_owned),
            kind: kind.map(str::to_owned),
            ..SeenLink::default()
        };
        let links = [
            link("lo", None, None),
            link("br0", Some("02:02:02:02:02:02"), Some("bridge")),
            link("eth0", Some("52:54:00:12:34:56"), None),
        ];
        assert_eq!(of_mac(&links).as_deref(), Some("keel-525400123456"));
        assert_eq!(of_mac(&links[..2]), None);
    }
}
