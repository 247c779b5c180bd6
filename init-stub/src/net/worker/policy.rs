//! What the config lets a lease of one interface do, and what the client says about itself to its servers.

use crate::core::codec::dhcp::client::Profile;
use crate::core::codec::dhcp::lease::Lease;
use crate::core::codec::dhcp::message::{client_of_duid, client_of_mac, option};
use crate::core::config::{ClientId, Dhcp4Overrides};
use crate::core::plan::network::SeenLink;
use crate::net::duid;
use crate::net::wanted::{DhcpInterface, Wanted};

/// What the client of an interface says about itself and asks for.
pub fn profile(link: &SeenLink, mac: [u8; 6], one: &DhcpInterface, wanted: &Wanted) -> Profile {
    Profile {
        identity: identity(link, mac, &one.overrides, &wanted.duid),
        hostname: wanted.hostname.clone().filter(|_| one.overrides.sends_hostname()),
        vendor_class: one.overrides.vendor_class.clone(),
        unwanted: unwanted(&one.overrides),
        has_probe: one.overrides.probes(),
    }
}

/// By which servers know an interface.
pub fn identity(link: &SeenLink, mac: [u8; 6], overrides: &Dhcp4Overrides, machine: &[u8]) -> Vec<u8> {
    match overrides.client_id() {
        ClientId::Duid => client_of_duid(duid::iaid(link, mac), &duid::on_interface(machine, mac)),
        ClientId::Mac => client_of_mac(mac),
    }
}

/// The options that are not asked for, because they are not used.
fn unwanted(overrides: &Dhcp4Overrides) -> Vec<u8> {
    let all: [(bool, &[u8]); 6] = [
        (overrides.uses_routes(), &[option::CLASSLESS_ROUTES, option::ROUTER]),
        (overrides.uses_dns(), &[option::NAME_SERVER]),
        (overrides.uses_domains(), &[option::DOMAIN, option::SEARCH]),
        (overrides.uses_ntp(), &[option::NTP_SERVER]),
        (overrides.uses_mtu(), &[option::MTU]),
        (overrides.uses_hostname(), &[option::HOST_NAME]),
    ];
    all.into_iter().filter(|(is_used, _)| !is_used).flat_map(|(_, options)| options).copied().collect()
}

/// A lease without what is not used: many servers send what nobody has asked for. The route of its prefix stays.
pub fn stripped(mut lease: Lease, overrides: &Dhcp4Overrides) -> Lease {
    if !overrides.uses_routes() {
        lease.routes.clear();
    }
    if !overrides.uses_dns() {
        lease.nameservers.clear();
    }
    if !overrides.uses_domains() {
        lease.search.clear();
    }
    if !overrides.uses_ntp() {
        lease.ntp_servers.clear();
    }
    lease.mtu = lease.mtu.filter(|_| overrides.uses_mtu());
    lease.hostname = lease.hostname.filter(|_| overrides.uses_hostname());
    lease
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const MAC: [u8; 6] = [2, 0, 0, 0, 0, 7];

    fn overrides(value: Value) -> Dhcp4Overrides {
        serde_json::from_value(value).unwrap()
    }

    fn lease() -> Value {
        json!({
            "address": "10.0.2.15", "prefixLength": 24, "server": "10.0.2.2", "mtu": 1400, "hostname": "w1",
            "routes": [{ "destination": "0.0.0.0", "prefixLength": 0, "gateway": "10.0.2.2" }],
            "nameservers": ["10.0.2.3"], "search": ["example.org"], "ntpServers": ["10.0.2.4"],
            "seconds": 120, "renewSeconds": 60, "rebindSeconds": 105,
        })
    }

    #[test]
    fn what_is_not_used_is_neither_asked_for_nor_kept() {
        let none = Value::Null;
        let cases = [
            ("useRoutes", "routes", json!([]), vec![121, 3]),
            ("useDns", "nameservers", json!([]), vec![6]),
            ("useDomains", "search", json!([]), vec![15, 119]),
            ("useNtp", "ntpServers", json!([]), vec![42]),
            ("useMtu", "mtu", none.clone(), vec![26]),
            ("useHostname", "hostname", none, vec![12]),
        ];
        let of = |overrides: &Dhcp4Overrides| {
            let lease = stripped(serde_json::from_value(lease()).unwrap(), overrides);
            serde_json::to_value(lease).unwrap()
        };
        assert_eq!(of(&Dhcp4Overrides::default()), lease());
        assert!(unwanted(&Dhcp4Overrides::default()).is_empty());
        for (key, field, left, options) in cases {
            let not = overrides(json!({ key: false }));
            let mut expected = lease();
            match left {
                Value::Null => expected.as_object_mut().unwrap().remove(field),
                left => expected.as_object_mut().unwrap().insert(field.into(), left),
            };
            assert_eq!(of(&not), expected, "{key}");
            assert_eq!(unwanted(&not), options, "{key}");
        }
    }

    #[test]
    fn a_client_says_about_itself_what_the_config_wants() {
        let wanted = Wanted { hostname: Some("w1".into()), duid: vec![0, 4, 9], ..Wanted::default() };
        let of = |value: Value| {
            let one = DhcpInterface { overrides: overrides(value), ..DhcpInterface::default() };
            profile(&SeenLink::default(), MAC, &one, &wanted)
        };
        let usual = of(json!({}));
        assert_eq!((usual.identity, usual.hostname.as_deref()), (vec![1, 2, 0, 0, 0, 0, 7], Some("w1")));
        assert_eq!((usual.vendor_class, usual.has_probe), (None, false));
        let other = of(json!({ "clientId": "duid", "sendHostname": false, "vendorClass": "keel", "probe": true }));
        assert_eq!((other.identity, other.hostname), (vec![255, 0, 0, 0, 7, 0, 4, 9], None));
        assert_eq!((other.vendor_class.as_deref(), other.has_probe), (Some("keel"), true));
    }
}
