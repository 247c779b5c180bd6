//! What is reported of a lease: that a link has an address, or that a server gave more time for the one that it has. A renewal that changes
//! what is reported is reported like a new lease.

use crate::core::codec::dhcp::lease::Lease;
use crate::core::codec::dhcp6::lease::Lease6;
use crate::core::event::{Body, Method};

/// The event of a lease of DHCP; `before` is the one that the interface had.
pub fn of(interface: String, before: Option<&Lease>, lease: &Lease) -> Body {
    let reported = |lease: &Lease| (lease.address, lease.prefix_length, lease.gateway(), lease.nameservers.clone());
    let lease_ms = lease.seconds.map(milliseconds);
    if before.is_some_and(|before| reported(before) == reported(lease)) {
        return Body::LeaseRenewed { interface, address: lease.address.to_string(), lease_ms };
    }
    Body::LinkConfigured {
        interface,
        method: Method::Dhcp,
        address: format!("{}/{}", lease.address, lease.prefix_length),
        gateway: lease.gateway().map(|gateway| gateway.to_string()),
        nameservers: lease.nameservers.iter().map(ToString::to_string).collect(),
        lease_ms,
        left_out: None,
    }
}

/// The same of DHCPv6. `gateway` finds that of the interface's router.
pub fn of6(
    interface: String,
    before: Option<&Lease6>,
    lease: &Lease6,
    gateway: impl FnOnce() -> Option<String>,
) -> Body {
    let reported = |lease: &Lease6| (lease.address, lease.nameservers.clone());
    let lease_ms = lease.seconds.map(milliseconds);
    if before.is_some_and(|before| reported(before) == reported(lease)) {
        return Body::LeaseRenewed { interface, address: lease.address.to_string(), lease_ms };
    }
    Body::LinkConfigured {
        interface,
        method: Method::Dhcp6,
        address: format!("{}/128", lease.address),
        gateway: gateway(),
        nameservers: lease.nameservers.iter().map(ToString::to_string).collect(),
        lease_ms,
        left_out: None,
    }
}

fn milliseconds(seconds: u32) -> u64 {
    u64::from(seconds) * 1000
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn lease(seconds: u32, nameserver: &str) -> Lease {
        serde_json::from_value(json!({
            "address": "10.0.2.15", "prefixLength": 24, "server": "10.0.2.2", "routes": [], "nameservers": [nameserver],
            "search": [], "ntpServers": [], "seconds": seconds, "renewSeconds": 60, "rebindSeconds": 105,
        }))
        .unwrap()
    }

    fn lease6(seconds: u32, nameserver: &str) -> Lease6 {
        serde_json::from_value(json!({
            "address": "2001:db8::15", "server": "0102", "nameservers": [nameserver], "search": [], "ntpServers": [],
            "seconds": seconds, "renewSeconds": 60, "rebindSeconds": 105,
        }))
        .unwrap()
    }

    fn kind(event: &Body) -> Value {
        serde_json::to_value(event).unwrap()["type"].clone()
    }

    #[test]
    fn a_renewal_that_changes_nothing_else_is_an_event_of_its_own() {
        let (first, longer) = (lease(120, "10.0.2.3"), lease(240, "10.0.2.3"));
        assert_eq!(kind(&of("eth0".into(), None, &first)), "link-configured");
        let renewed = serde_json::to_value(of("eth0".into(), Some(&first), &longer)).unwrap();
        let expected =
            json!({ "type": "lease-renewed", "interface": "eth0", "address": "10.0.2.15", "leaseMs": 240_000 });
        assert_eq!(renewed, expected);
        let changed = lease(120, "10.0.2.4");
        assert_eq!(kind(&of("eth0".into(), Some(&first), &changed)), "link-configured");
    }

    #[test]
    fn so_is_one_of_dhcpv6() {
        let (first, longer) = (lease6(120, "2001:db8::3"), lease6(240, "2001:db8::3"));
        let gateway = || Some("fe80::1".to_owned());
        let configured = serde_json::to_value(of6("eth0".into(), None, &first, gateway)).unwrap();
        assert_eq!((&configured["type"], &configured["gateway"]), (&json!("link-configured"), &json!("fe80::1")));
        let renewed = serde_json::to_value(of6("eth0".into(), Some(&first), &longer, gateway)).unwrap();
        let expected =
            json!({ "type": "lease-renewed", "interface": "eth0", "address": "2001:db8::15", "leaseMs": 240_000 });
        assert_eq!(renewed, expected);
        assert_eq!(kind(&of6("eth0".into(), Some(&first), &lease6(120, "2001:db8::4"), gateway)), "link-configured");
    }
}
