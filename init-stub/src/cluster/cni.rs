//! The CNI configuration of a bridge on the node.

use crate::core::config::Prefix;
use serde_json::json;

/// Where containerd looks for it.
pub const PATH: &str = "/etc/cni/net.d/10-keel.conflist";

/// Where plugins keep addresses and results of pods that run. RAM even if a config persists what is above: a pod that a reboot ended
/// gives nothing back.
pub const LEASES: &str = "/var/lib/cni";

/// A bridge with addresses from each of these prefixes, and host ports of its pods. No masquerading: a pod is known by its own
/// addresses.
pub fn bridge(pod_cidrs: &[Prefix]) -> String {
    let ranges: Vec<_> = pod_cidrs.iter().map(|cidr| json!([{ "subnet": cidr.to_string() }])).collect();
    let default = |cidr: &Prefix| if cidr.address.is_ipv4() { "0.0.0.0/0" } else { "::/0" };
    let routes: Vec<_> = pod_cidrs.iter().map(|cidr| json!({ "dst": default(cidr) })).collect();
    let list = json!({
        "cniVersion": "1.0.0",
        "name": "keel",
        "plugins": [{
            "type": "bridge",
            "bridge": "cni0",
            "isGateway": true,
            "ipMasq": false,
            "hairpinMode": true,
            "ipam": { "type": "host-local", "ranges": ranges, "routes": routes }
        }, {
            "type": "portmap",
            "capabilities": { "portMappings": true }
        }]
    });
    format!("{list:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(cidrs: &[(&str, u8)]) -> serde_json::Value {
        let prefix = |(address, prefix_length): &(&str, u8)| Prefix {
            address: address.parse().unwrap(),
            prefix_length: *prefix_length,
        };
        serde_json::from_str(&bridge(&cidrs.iter().map(prefix).collect::<Vec<_>>())).unwrap()
    }

    #[test]
    fn the_prefix_is_the_range_of_host_local() {
        let list = list(&[("10.244.0.0", 24)]);
        let ipam = list.pointer("/plugins/0/ipam").unwrap();
        let ranges = json!([[{ "subnet": "10.244.0.0/24" }]]);
        assert_eq!(*ipam, json!({ "type": "host-local", "ranges": ranges, "routes": [{ "dst": "0.0.0.0/0" }] }));
        assert_eq!(list.pointer("/plugins/0/ipMasq").unwrap(), false);
        assert_eq!(list.pointer("/plugins/1/capabilities/portMappings").unwrap(), true);
    }

    #[test]
    fn pods_get_an_address_and_a_default_route_of_each_family() {
        let list = list(&[("fd00:10:244::", 64), ("10.244.0.0", 24)]);
        let ipam = list.pointer("/plugins/0/ipam").unwrap();
        assert_eq!(ipam["ranges"], json!([[{ "subnet": "fd00:10:244::/64" }], [{ "subnet": "10.244.0.0/24" }]]));
        assert_eq!(ipam["routes"], json!([{ "dst": "::/0" }, { "dst": "0.0.0.0/0" }]));
    }
}
