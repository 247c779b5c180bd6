use super::network_of_words;
use crate::core::platform_network::tests::plain;
use serde_json::{Value, json};

fn links(words: &str) -> Value {
    let network = network_of_words(words).unwrap_or_else(|why| panic!("{words}: {why}"));
    plain(serde_json::to_value(network.links).unwrap())
}

fn named(name: &str) -> Value {
    json!({ "type": "physical", "selector": { "name": name } })
}

#[test]
fn a_static_address_on_a_vlan_on_a_bond() {
    let words = "ip=192.0.2.10::192.0.2.1:255.255.255.0:node1:bond0.40:none nameserver=192.0.2.53 \
                 vlan=bond0.40:bond0 bond=bond0:eth0,eth1:mode=802.3ad,miimon=50,lacp_rate=fast:9000";
    assert_eq!(
        links(words),
        json!([
            {
                "name": "bond0",
                "kind": {
                    "type": "bond", "mode": "802.3ad", "members": [{ "name": "eth0" }, { "name": "eth1" }],
                    "miiMonitorIntervalMs": 50, "lacpRate": "fast",
                },
                "mtuBytes": 9000,
            },
            {
                "name": "bond0.40",
                "kind": { "type": "vlan", "link": "bond0", "id": 40, "protocol": "802.1q" },
                "addresses": [{ "address": "192.0.2.10", "prefixLength": 24 }],
                "routes": [{ "destination": "0.0.0.0", "prefixLength": 0, "gateway": "192.0.2.1" }],
            },
        ])
    );
    let network = network_of_words(words).unwrap();
    assert_eq!(json!(network.nameservers), json!(["192.0.2.53"]));
    assert_eq!(network.left_out, ["ip: the host name"]);
}

#[test]
fn addresses_come_from_servers_and_routers() {
    let every = json!({ "type": "physical", "selector": { "all": true } });
    for (how, keys) in [
        ("dhcp", json!({ "dhcp4": true })),
        ("on", json!({ "dhcp4": true })),
        ("any", json!({ "dhcp4": true })),
        ("dhcp6", json!({ "dhcp6": true })),
        ("auto6", json!({ "slaac": true })),
        ("either6", json!({ "dhcp6": true, "slaac": true })),
        ("link6", json!({})),
    ] {
        let with = |kind: &Value| {
            let mut link = keys.clone();
            link["kind"] = kind.clone();
            json!([link])
        };
        assert_eq!(links(&format!("ip={how}")), with(&every), "{how}");
        assert_eq!(links(&format!("ip=eth0:{how}")), with(&named("eth0")), "{how}");
        assert_eq!(links(&format!("ip=::::node1:eth0:{how}")), with(&named("eth0")), "{how}");
    }
    assert_eq!(links("ip=off"), json!([]));
    assert_eq!(links(""), json!([]));
    assert_eq!(
        links("ip=eth0:dhcp ip=eth0:auto6:1400"),
        json!([{ "kind": named("eth0"), "dhcp4": true, "slaac": true, "mtuBytes": 1400 }])
    );
}

#[test]
fn addresses_of_ipv6_have_brackets() {
    assert_eq!(
        links(
            "ip=[2001:db8::2]::[2001:db8::1]:64::enp3s0f1:none:[2001:db8::53]:192.0.2.53 \
             rd.route=[2001:db8:3::/48]:[2001:db8::7] route=198.51.100.0/24::enp3s0f1"
        ),
        json!([{
            "kind": { "type": "physical", "selector": { "path": "0000:03:00.1" } },
            "addresses": [{ "address": "2001:db8::2", "prefixLength": 64 }],
            "routes": [
                { "destination": "::", "prefixLength": 0, "gateway": "2001:db8::1" },
                { "destination": "2001:db8:3::", "prefixLength": 48, "gateway": "2001:db8::7" },
                { "destination": "198.51.100.0", "prefixLength": 24 },
            ],
            "nameservers": ["2001:db8::53", "192.0.2.53"],
        }])
    );
}

#[test]
fn the_four_names_of_a_vlan() {
    for (name, id) in [("vlan0005", 5), ("vlan5", 5), ("lan0.0005", 5), ("lan0.4094", 4094)] {
        let words = format!("ifname=lan0:00:00:5E:00:53:01 vlan={name}:lan0 ip={name}:dhcp");
        assert_eq!(
            links(&words),
            json!([
                { "name": "lan0", "kind": { "type": "physical", "selector": { "mac": "00:00:5e:00:53:01" } } },
                {
                    "name": name,
                    "kind": { "type": "vlan", "link": "lan0", "id": id, "protocol": "802.1q" },
                    "dhcp4": true,
                },
            ]),
            "{words}"
        );
    }
    assert_eq!(links("vlan=eth0.7:eth0")[0], json!({ "name": "eth0", "kind": named("eth0") }));
}

#[test]
fn a_route_without_an_interface_is_over_that_of_its_gateway() {
    let words =
        "ip=192.0.2.2::192.0.2.1:24::eth0:none ip=198.51.100.2:::24::eth1:none rd.route=10.0.0.0/8:198.51.100.9";
    assert_eq!(
        links(words)[1]["routes"],
        json!([{ "destination": "10.0.0.0", "prefixLength": 8, "gateway": "198.51.100.9" }])
    );
}

#[test]
fn what_is_not_understood_is_an_error_with_the_word() {
    for (word, why) in [
        ("ipp=dhcp", "it is not one of"),
        ("team=team0:eth0", "it is not one of"),
        ("ip=", "is not supported"),
        ("ip=ens18:dhcp", "has no udev"),
        ("ip=eth0:dchp", "it does not have the parts"),
        ("ip=192.0.2.10:192.0.2.11:192.0.2.1:24::eth0:none", "a peer is not supported"),
        ("ip=192.0.2.10::192.0.2.1:::eth0:none", "it has no netmask"),
        ("ip=192.0.2.10::192.0.2.1:255.0.255.0::eth0:none", "its netmask is not one"),
        ("ip=192.0.2.300::192.0.2.1:24::eth0:none", "192.0.2.300 is not an IP address"),
        ("ip=2001:db8::2::2001:db8::1:64::eth0:none", "a peer is not supported"),
        ("ip=192.0.2.10::192.0.2.1:24::eth0:ibft", "ibft is not supported"),
        ("ip=eth0:dhcp::00:00:5e:00:53:01", "to set a hardware address is not supported"),
        ("ip=eth0:dhcp:17", "17 is not an MTU"),
        ("nameserver=dns.example", "is not an IP address"),
        ("vlan=storage:eth0", "the name does not end with a number"),
        ("vlan=vlan4095:eth0", "the name does not end with a number"),
        ("bond=bond0:eth0:mode=best", "its mode is not one of the kernel's"),
        ("bridge=a/b:eth0", "a/b is not the name"),
        ("ifname=lan0:5e", "it is not a name and a MAC address"),
        ("rd.route=10.0.0.0/8:", "it has neither a gateway nor an interface"),
        ("rd.route=10.0.0.0/33:192.0.2.1", "is not a network"),
    ] {
        let error = network_of_words(&format!("nameserver=192.0.2.1 {word}")).expect_err(word);
        assert!(error.starts_with(&format!("{word}: ")) && error.contains(why), "{error}");
    }
    let error = network_of_words("ip=dhcp keel.proxy=http://u:secret@192.0.2.3:3128").unwrap_err();
    assert!(error.starts_with("keel.proxy: ") && !error.contains("secret"), "{error}");
    for (words, why) in [
        ("bond=bond0:eth0:mode=1,lacp_rate=fast", "bond0: lacpRate"),
        ("bond=bond0:eth0 ip=eth0:dhcp", "eth0: addresses of a member"),
        ("vlan=eth0.5:ens3", "eth0.5: the link that it is on"),
        ("ip=eth0:dhcp ip=eth1:dhcp route=10.0.0.0/8:192.0.2.1", "route: no link has its gateway"),
    ] {
        assert_eq!(network_of_words(words).unwrap_err(), why, "{words}");
    }
}

#[test]
fn name_servers_alone_are_for_what_dhcp_brings() {
    let every = json!([{ "kind": { "type": "physical", "selector": { "all": true } }, "dhcp4": true }]);
    assert_eq!(links("nameserver=192.0.2.53"), every);
    assert_eq!(links("nameserver=192.0.2.53 ip=off"), json!([]));
}
