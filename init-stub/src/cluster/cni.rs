//! The CNI configuration of a bridge on the node.

/// Where containerd looks for it.
pub const PATH: &str = "/etc/cni/net.d/10-keel.conflist";

/// Where plugins keep addresses and results of pods that run. RAM even if a config persists what is above: a pod that a reboot ended
/// gives nothing back.
pub const LEASES: &str = "/var/lib/cni";

/// A bridge with addresses from one prefix, and host ports of its pods. No masquerading: a pod is known by its own address.
pub fn bridge(pod_cidr: &str) -> String {
    let list = serde_json::json!({
        "cniVersion": "1.0.0",
        "name": "keel",
        "plugins": [{
            "type": "bridge",
            "bridge": "cni0",
            "isGateway": true,
            "ipMasq": false,
            "hairpinMode": true,
            "ipam": { "type": "host-local", "ranges": [[{ "subnet": pod_cidr }]], "routes": [{ "dst": "0.0.0.0/0" }] }
        }, {
            "type": "portmap",
            "capabilities": { "portMappings": true }
        }]
    });
    format!("{list:#}\n")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_prefix_is_the_range_of_host_local() {
        let list: serde_json::Value = serde_json::from_str(&super::bridge("10.244.0.0/24")).unwrap();
        assert_eq!(list.pointer("/plugins/0/ipam/ranges/0/0/subnet").unwrap(), "10.244.0.0/24");
        assert_eq!(list.pointer("/plugins/0/ipMasq").unwrap(), false);
        assert_eq!(list.pointer("/plugins/1/capabilities/portMappings").unwrap(), true);
    }
}
