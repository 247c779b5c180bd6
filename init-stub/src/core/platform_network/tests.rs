use super::{Format, LIMIT, PlatformNetwork, read};
use crate::core::config::{LinkKind, NetworkLink};
use serde_json::{Value, json};

fn config(yaml: &str) -> PlatformNetwork {
    of(Format::NetworkConfig, yaml)
}

fn of(format: Format, text: &str) -> PlatformNetwork {
    read(format, text.as_bytes()).unwrap_or_else(|why| panic!("{text}: {why}"))
}

/// Links as a machine config has them, in short: an address is its text, and what is empty or null is not there.
fn links(network: &PlatformNetwork) -> Value {
    network.links.iter().map(short).collect()
}

fn short(link: &NetworkLink) -> Value {
    let mut value = plain(serde_json::to_value(link).unwrap());
    let texts = |list: Vec<String>| Value::from(list);
    if !link.addresses.is_empty() {
        value["addresses"] = texts(link.addresses.iter().map(ToString::to_string).collect());
    }
    if let LinkKind::Physical { .. } = link.kind {
        value["is"] = value["kind"]["selector"].take();
        value.as_object_mut().unwrap().remove("kind");
    }
    value
}

/// A value without what is empty or null.
pub fn plain(value: Value) -> Value {
    match value {
        Value::Array(list) => list.into_iter().map(plain).collect(),
        Value::Object(members) => {
            let is_there = |value: &Value| !value.is_null() && *value != json!([]);
            members.into_iter().filter(|(_, value)| is_there(value)).map(|(key, value)| (key, plain(value))).collect()
        }
        other => other,
    }
}

fn route(network: &str, length: u8, gateway: &str) -> Value {
    json!({ "destination": network, "prefixLength": length, "gateway": gateway })
}

#[test]
fn proxmox_names_its_cards_by_their_addresses() {
    let network = config(include_str!("../../../fuzz/corpus/network_config/proxmox"));
    assert_eq!(
        links(&network),
        json!([
            {
                "is": { "mac": "bc:24:11:00:53:01" },
                "addresses": ["192.0.2.10/24", "2001:db8::10/64"],
                "routes": [route("0.0.0.0", 0, "192.0.2.1"), route("::", 0, "2001:db8::1")],
            },
            { "is": { "mac": "bc:24:11:00:53:02" }, "dhcp4": true, "slaac": true },
        ])
    );
    assert_eq!(json!(network.nameservers), json!(["192.0.2.53"]));
    assert_eq!((network.search_domains, network.left_out), (vec!["rack.example.org".to_owned()], vec![]));
}

#[test]
fn hetzner_has_a_gateway_that_every_link_has() {
    let network = config(include_str!("../../../fuzz/corpus/network_config/hetzner"));
    assert_eq!(
        links(&network),
        json!([{
            "is": { "mac": "96:00:00:00:53:01" },
            "dhcp4": true,
            "addresses": ["2001:db8:1::1/64"],
            "routes": [route("::", 0, "fe80::1")],
            "nameservers": ["192.0.2.53", "2001:db8::53"],
        }])
    );
    assert!(network.nameservers.is_empty());
}

#[test]
fn a_bond_with_a_vlan_is_behind_its_members_in_both_versions() {
    let first = config(
        "version: 1\nconfig:\n\
         - {type: vlan, name: bond0.9, vlan_link: bond0, vlan_id: 9, subnets: [{type: static, address: 192.0.2.9, netmask: 255.255.255.128}]}\n\
         - {type: bond, name: bond0, bond_interfaces: [eth0, eth1], params: {bond-mode: 4, bond_lacp_rate: 1, miimon: 50}}\n\
         - {type: physical, name: eth0, mtu: 9000, mac_address: '00:00:5E:00:53:01'}\n\
         - {type: physical, name: eth1, mtu: 9000, mac_address: '00-00-5e-00-53-02'}\n",
    );
    let second = config(
        "network:\n  version: 2\n  ethernets:\n    eth0: {mtu: 9000, match: {macaddress: '00:00:5e:00:53:01'}}\n    \
         eth1: {mtu: 9000, match: {macaddress: '00:00:5e:00:53:02'}}\n  \
         bonds: {bond0: {interfaces: [eth0, eth1], parameters: {mode: 802.3ad, lacp-rate: fast, mii-monitor-interval: 50}}}\n  \
         vlans: {bond0.9: {id: 9, link: bond0, addresses: [192.0.2.9/25]}}\n",
    );
    assert_eq!(first, second);
    assert_eq!(
        links(&first),
        json!([
            {
                "name": "bond0",
                "kind": {
                    "type": "bond",
                    "mode": "802.3ad",
                    "members": [{ "mac": "00:00:5e:00:53:01" }, { "mac": "00:00:5e:00:53:02" }],
                    "miiMonitorIntervalMs": 50,
                    "lacpRate": "fast",
                },
                "mtuBytes": 9000,
            },
            {
                "name": "bond0.9",
                "kind": { "type": "vlan", "link": "bond0", "id": 9, "protocol": "802.1q" },
                "addresses": ["192.0.2.9/25"],
            },
        ])
    );
    assert_eq!(first.left_out, [""; 0]);
}

#[test]
fn options_that_the_driver_refuses_are_left_out() {
    let options = |options: &str| {
        let network = config(&format!("version: 2\nbonds: {{b: {{interfaces: [eth0], parameters: {{{options}}}}}}}\n"));
        let mut bond = links(&network).pointer("/0/kind").cloned().unwrap_or_default();
        bond.as_object_mut().map(|bond| ["type", "members"].map(|key| bond.remove(key)));
        (bond, network.left_out)
    };
    let is = |bond: Value, left_out: &[&str]| (bond, left_out.iter().map(|text| format!("b: {text}")).collect());
    let usual = json!({ "mode": "balance-rr", "miiMonitorIntervalMs": 100 });
    assert_eq!(options(""), is(usual.clone(), &[]));
    assert_eq!(options("lacp-rate: fast"), is(usual.clone(), &["lacpRate"]));
    assert_eq!(options("arp-interval: 5"), is(usual.clone(), &["arpIntervalMs"]));
    assert_eq!(options("min-links: 65, queue-id: 1"), is(usual, &["min-links", "queue-id"]));
    assert_eq!(
        options("mode: active-backup, arp-interval: 2s, arp-ip-targets: [192.0.2.1], up-delay: 7"),
        is(json!({ "mode": "active-backup", "arpIntervalMs": 2000, "arpIpTargets": ["192.0.2.1"] }), &["upDelayMs"])
    );
    assert_eq!(
        options("mode: balance-tlb, learn-packet-interval: 3, primary: eth0"),
        is(
            json!({ "mode": "balance-tlb", "miiMonitorIntervalMs": 100, "learnPacketIntervalMs": 3000, "primary": 0 }),
            &[]
        )
    );
    assert_eq!(options("mode: balance-slb"), is(json!(null), &["mode"]));
}

#[test]
fn a_bridge_has_a_spanning_tree_by_netplan_only() {
    let kind = |network: PlatformNetwork| links(&network)[0]["kind"].clone();
    let members = json!([{ "name": "eth0" }]);
    assert_eq!(
        kind(config(
            "version: 2\nbridges: {b: {interfaces: [eth0], parameters: {forward-delay: 4, max-age: 6000ms}}}\n"
        )),
        json!({ "type": "bridge", "members": members, "stp": true, "forwardDelayMs": 4000, "maxAgeMs": 6000 })
    );
    let network = config(
        "version: 1\nconfig: [{type: bridge, name: b, bridge_interfaces: eth0, params: {bridge_fd: 0, bridge_ageing: 250}}]\n",
    );
    assert_eq!(network.left_out, [""; 0]);
    assert_eq!(kind(network), json!({ "type": "bridge", "members": members, "stp": false, "ageingTimeMs": 250_000 }));
}

#[test]
fn a_link_below_a_vlan_gets_a_name_and_another_one_keeps_the_kernels() {
    let network = config(
        "version: 2\nethernets:\n  lan: {match: {macaddress: '00:00:5e:00:53:01'}, mtu: 1400}\n  \
         other: {match: {macaddress: '00:00:5e:00:53:02'}}\n  \
         renamed: {match: {macaddress: '00:00:5e:00:53:03'}, set-name: storage}\n\
         vlans:\n  v: {id: 7, link: lan, mtu: 1401}\n  a-name-that-is-too-long: {id: 8, link: renamed}\n  w: {id: 9, link: eth9}\n",
    );
    let vlan = |name: &str, on: &str, id| json!({ "name": name, "kind": { "type": "vlan", "link": on, "id": id, "protocol": "802.1q" } });
    assert_eq!(
        links(&network),
        json!([
            { "name": "lan", "is": { "mac": "00:00:5e:00:53:01" }, "mtuBytes": 1400 },
            { "is": { "mac": "00:00:5e:00:53:02" } },
            { "name": "storage", "is": { "mac": "00:00:5e:00:53:03" } },
            vlan("v", "lan", 7),
            vlan("vlan8", "storage", 8),
            { "name": "eth9", "is": { "name": "eth9" } },
            vlan("w", "eth9", 9),
        ])
    );
    assert_eq!(network.left_out, ["v: mtu"]);
}

#[test]
fn an_interface_is_found_without_udev() {
    let selector = |name: &str| {
        let network = config(&format!("version: 2\nethernets: {{'{name}': {{dhcp4: true}}, eth9: {{}}}}\n"));
        (links(&network)[0]["is"].clone(), network.left_out.len())
    };
    for (name, is) in [
        ("eth0", json!({ "name": "eth0" })),
        ("enx00005e005301", json!({ "mac": "00:00:5e:00:53:01" })),
        ("enp59s0f1", json!({ "path": "0000:3b:00.1" })),
        ("enP2p1s31np0", json!({ "path": "0002:01:1f.0" })),
        ("enp1s0f1np1", json!({ "path": "0000:01:00.1" })),
    ] {
        assert_eq!(selector(name), (is, 0), "{name}");
    }
    for name in ["ens18", "eno1", "enp1s0np1", "enp1s32", "enp0s29u1u2", "enx00005e", "a/b", "", "eth0123456789012"] {
        assert_eq!(selector(name), (json!({ "name": "eth9" }), 1), "{name}");
    }
    let single = config("version: 2\nethernets: {ens18: {dhcp4: true}}\n");
    assert_eq!(links(&single), json!([{ "is": { "all": true }, "dhcp4": true }]));
    assert_eq!(single.left_out, ["ens18: only a node with udev has this name"]);
}

#[test]
fn what_a_match_means() {
    let is = |facts: &str| links(&config(&format!("version: 2\nethernets: {{x: {{match: {{{facts}}}}}}}\n")));
    assert_eq!(is("name: 'en*'"), json!([{ "is": { "all": true } }]));
    assert_eq!(is("name: eth1"), json!([{ "is": { "name": "eth1" } }]));
    assert_eq!(is("driver: virtio_net"), json!([{ "is": { "driver": "virtio_net" } }]));
    assert_eq!(is("driver: [mlx5_core], name: 'e*'"), json!([{ "is": { "driver": "mlx5_core" } }]));
    assert_eq!(is("macaddress: '00:00:5e:00:53:01', name: eth0"), json!([{ "is": { "mac": "00:00:5e:00:53:01" } }]));
    for facts in ["name: 'enp2*'", "driver: 'smsc*'", "driver: [a, b]", "driver: a, name: eth0", "macaddress: x"] {
        assert_eq!(is(facts), json!([]), "{facts}");
    }
}

#[test]
fn one_card_that_is_named_twice_has_one_entry() {
    let network = config(include_str!("../../../fuzz/corpus/network_config/same-card-twice"));
    assert_eq!(
        links(&network),
        json!([
            {
                "name": "a",
                "is": { "mac": "00:00:5e:00:53:01" },
                "dhcp4": true,
                "addresses": ["2001:db8::2/64"],
                "routes": [route("::", 0, "2001:db8::1")],
            },
            { "name": "b.7", "kind": { "type": "vlan", "link": "a", "id": 7, "protocol": "802.1q" } },
        ])
    );
}

#[test]
fn the_first_of_two_default_routes_wins_and_a_far_gateway_is_on_its_link() {
    let network = config(include_str!("../../../fuzz/corpus/network_config/two-default-routes"));
    let routes: Vec<_> = network
        .links
        .iter()
        .flat_map(|link| &link.routes)
        .map(|route| (route.gateway.unwrap().to_string(), route.metric, route.on_link))
        .collect();
    let is = |gateway: &str, metric, on_link| (gateway.to_owned(), metric, on_link);
    assert_eq!(
        routes,
        [is("192.0.2.1", None, None), is("198.51.100.1", Some(1), None), is("198.51.100.1", Some(2), Some(true))]
    );
}

#[test]
fn routes_and_rules_of_netplan() {
    let network = config(include_str!("../../../fuzz/corpus/network_config/netplan-policy"));
    let link = &links(&network)[0];
    assert_eq!(
        link["routes"],
        json!([
            {
                "destination": "0.0.0.0", "prefixLength": 0, "gateway": "192.0.2.1", "source": "192.0.2.4",
                "table": 100, "onLink": true,
            },
            route("203.0.113.0", 24, "192.0.2.2"),
            { "destination": "203.0.113.0", "prefixLength": 24, "gateway": "192.0.2.3", "metric": 1 },
        ])
    );
    assert_eq!(
        link["rules"],
        json!([
            { "from": { "address": "192.0.2.4", "prefixLength": 32 }, "table": 100, "priority": 90 },
            { "mark": 7, "family": "ipv4", "table": 100 },
        ])
    );
    assert_eq!((&link["dhcp6"], &link["slaac"]), (&json!(true), &json!(null)));
    assert_eq!(network.left_out, ["network: wifis", "eth0: a route", "all: wakeonlan"]);
}

#[test]
fn overrides_are_what_differs_from_the_default() {
    let link = |rest: &str| links(&config(&format!("version: 2\nethernets: {{eth0: {{{rest}}}}}\n")))[0].clone();
    let text = "dhcp4: yes, dhcp-identifier: duid, dhcp4-overrides: {use-dns: no, use-mtu: true, route-metric: 7}";
    assert_eq!(link(text)["dhcp4Overrides"], json!({ "useDns": false, "routeMetric": 7, "clientId": "duid" }));
    assert_eq!(link("dhcp4: yes, dhcp4-overrides: {use-dns: yes}")["dhcp4Overrides"], json!(null));
    assert_eq!(link("dhcp4-overrides: {use-dns: no}")["dhcp4Overrides"], json!(null));
}

#[test]
fn what_is_made_of_itself_is_left_out() {
    let network = config(include_str!("../../../fuzz/corpus/network_config/cycle"));
    assert_eq!(
        links(&network),
        json!([{ "name": "d", "kind": { "type": "bridge", "stp": true, "members": [{ "name": "eth0" }] } }])
    );
    assert_eq!(network.left_out.iter().filter(|phrase| phrase.ends_with("it is made of itself")).count(), 4);
}

#[test]
fn a_vlan_may_have_the_mtu_of_the_members_of_its_bond() {
    let network = config(
        "version: 2\nethernets: {eth0: {mtu: 9000}}\nbonds: {bond0: {interfaces: [eth0]}}\n\
         vlans: {v: {id: 7, link: bond0, mtu: 9000}, w: {id: 8, link: v, mtu: 9000}, x: {id: 9, link: v, mtu: 9001}}\n",
    );
    let mtus: Vec<_> = network.links.iter().map(|link| (link.name.as_deref(), link.mtu_bytes)).collect();
    assert_eq!(
        mtus,
        [("bond0", Some(9000)), ("v", Some(9000)), ("w", Some(9000)), ("x", None)].map(|(name, mtu)| (Some(name), mtu))
    );
    assert_eq!(network.left_out, ["x: mtu"]);
}

#[test]
fn what_the_kernel_refuses_is_left_out() {
    let network = config(
        "version: 2\nethernets: {eth0: {mtu: 1279, addresses: ['2001:db8::1/64']}, eth1: {addresses: [192.0.2.1/24]}}\n\
         vlans: {v: {id: 7, link: eth0}, w: {id: 7, link: eth0}}\n\
         bonds: {b: {interfaces: [eth1]}, c: {interfaces: [b, eth1]}}\n\
         bridges: {d: {interfaces: [b]}, e: {interfaces: [d, eth2, eth2]}}\n",
    );
    assert_eq!(
        network.left_out,
        [
            "w: another VLAN has its number",
            "c: member b",
            "c: member eth1",
            "e: member d",
            "e: member eth2",
            "eth1: addresses of a member",
            "eth0: mtu",
        ]
        .map(str::to_owned)
    );
    let names: Vec<_> = network.links.iter().map(|link| link.name.as_deref()).collect();
    assert_eq!(names, ["eth0", "b", "c", "d", "e", "v"].map(Some));
}

#[test]
fn links_that_are_made_of_each_other_are_at_most_eight() {
    let vlans: String = (1..12).map(|at| format!("  v{at}: {{id: {at}, link: v{}}}\n", at - 1)).collect();
    let network = config(&format!("version: 2\ndummy-devices: {{v0: {{}}}}\nvlans:\n{vlans}"));
    assert_eq!(network.links.len(), 8);
    assert_eq!(network.left_out.len(), 4);
}

#[test]
fn a_network_that_is_switched_off_says_so() {
    for text in ["network: {config: disabled}", "config: disabled"] {
        let network = config(text);
        assert_eq!((network.links.len(), &network.left_out[..]), (0, &["network: config: disabled".to_owned()][..]));
    }
    for text in ["", "# x\n", "network:\n", "{}", "network: {}"] {
        assert_eq!(config(text), PlatformNetwork::default(), "{text}");
    }
}

#[test]
fn an_error_says_where_and_quotes_nothing() {
    let why = |format, text: &str| read(format, text.as_bytes()).expect_err(text);
    assert_eq!(why(Format::NetworkConfig, "version: 3"), "it is neither version 1 nor version 2");
    assert!(why(Format::NetworkConfig, "a: b\n secret: d\n").starts_with("it is not YAML at line 2 "));
    for format in [Format::NetworkData, Format::DigitalOcean, Format::Vultr] {
        assert_eq!(why(format, "{\"secret\": s"), "it is not JSON at line 1 column 12");
        assert_eq!(why(format, "[]"), "it has no keys at its top level");
    }
    assert!(read(Format::NetworkConfig, &vec![b' '; LIMIT + 1]).is_err());
}

#[test]
fn a_document_that_its_aliases_make_large_is_not_read() {
    let routes = "*r, ".repeat(3000);
    let yaml = format!(
        "version: 2\nr: &r {{to: 192.0.2.0/24}}\nl: &l {{routes: [{routes}]}}\nethernets: {{{}}}\n",
        (0..200).map(|at| format!("eth{at}: *l, ")).collect::<String>()
    );
    assert_eq!(read(Format::NetworkConfig, yaml.as_bytes()).unwrap_err(), "its aliases make it too large");
}

#[test]
fn links_are_at_most_as_many_as_a_machine_config_has() {
    let vlans: String = (1..400).map(|at| format!(" v{at}: {{id: {at}, link: eth{}}}\n", at % 9)).collect();
    let network = config(&format!("version: 2\ndummy-devices: {{eth0: {{}}}}\nvlans:\n{vlans}"));
    assert_eq!(network.links.len(), 0, "{:?}", network.left_out);
    let cards: String = (0..9).map(|at| format!("eth{at}: {{}}, ")).collect();
    let network = config(&format!("version: 2\nethernets: {{{cards}}}\nvlans:\n{vlans}"));
    assert_eq!(network.links.len(), 256);
    assert_eq!(network.left_out, ["links: those behind the first 256"]);
}

#[test]
fn what_is_left_out_is_short() {
    let many: String = (0..400).map(|at| format!("\"k\\x07{at}{}\": 1, ", "x".repeat(100))).collect();
    let network = config(&format!("version: 2\n? {{}}\n: x\nethernets: {{eth0: {{{many}}}}}\n"));
    assert_eq!((network.left_out.len(), network.left_out.last().unwrap().as_str()), (20, "and more"));
    assert_eq!(network.left_out[0], format!("eth0: k?0{}…", "x".repeat(37)));
    assert_eq!(network.links.len(), 1);
}

#[test]
fn nova_describes_a_tap_with_two_networks() {
    let network = of(Format::NetworkData, include_str!("../../../fuzz/corpus/network_data/nova"));
    assert_eq!(
        links(&network),
        json!([{
            "is": { "mac": "fa:16:3e:00:53:01" },
            "mtuBytes": 1450,
            "addresses": ["192.0.2.9/24", "2001:db8::9/64"],
            "routes": [
                route("0.0.0.0", 0, "192.0.2.1"),
                route("169.254.169.254", 32, "192.0.2.2"),
                route("::", 0, "2001:db8::1"),
            ],
            "nameservers": ["192.0.2.53"],
        }])
    );
    assert_eq!(json!(network.nameservers), json!(["198.51.100.53"]));
}

#[test]
fn ironic_describes_a_bond_with_a_vlan() {
    let network = of(Format::NetworkData, include_str!("../../../fuzz/corpus/network_data/ironic"));
    let links = links(&network);
    assert_eq!(links[0]["kind"]["members"], json!([{ "mac": "00:00:5e:00:53:01" }, { "mac": "00:00:5e:00:53:02" }]));
    assert_eq!((&links[0]["mtuBytes"], &links[0]["dhcp4"]), (&json!(9000), &json!(true)));
    assert_eq!((&links[1]["name"], &links[1]["kind"]["link"]), (&json!("vlan40"), &json!("bond0")));
    assert_eq!(links.as_array().unwrap().len(), 2);
}

#[test]
fn an_id_that_cannot_be_a_name_is_replaced() {
    let network = of(Format::NetworkData, include_str!("../../../fuzz/corpus/network_data/vlan-on-tap"));
    assert_eq!(
        links(&network),
        json!([
            { "name": "nic0", "is": { "mac": "fa:16:3e:00:53:02" } },
            {
                "name": "v",
                "kind": { "type": "vlan", "link": "nic0", "id": 7, "protocol": "802.1q" },
                "dhcp6": true,
                "slaac": true,
            },
        ])
    );
    assert_eq!(network.left_out, ["w: a network of a link that is not there", "v: the type of a network"]);
}

#[test]
fn a_droplet_has_its_default_route_over_the_public_network() {
    let network = of(Format::DigitalOcean, include_str!("../../../fuzz/corpus/platform_metadata/droplet"));
    assert_eq!(
        links(&network),
        json!([
            {
                "is": { "mac": "04:01:2a:00:53:01" },
                "addresses": ["203.0.113.119/19", "2001:db8:800:10::17d:2001/64", "10.17.0.5/16"],
                "routes": [route("0.0.0.0", 0, "203.0.113.1"), route("::", 0, "2001:db8:800:10::1")],
            },
            { "is": { "mac": "04:01:2a:00:53:02" }, "addresses": ["10.132.255.113/16"] },
        ])
    );
    assert_eq!(json!(network.nameservers), json!(["2001:db8::53", "192.0.2.53", "198.51.100.53"]));
    assert_eq!(network.left_out, ["name servers: more than 3 of a kind"]);
}

#[test]
fn vultr_has_dhcp_on_the_public_network_and_a_small_mtu_on_the_private_one() {
    let network = of(Format::Vultr, include_str!("../../../fuzz/corpus/platform_metadata/instance"));
    assert_eq!(
        links(&network),
        json!([
            { "is": { "mac": "56:00:03:00:53:01" }, "dhcp4": true, "slaac": true, "addresses": ["203.0.113.9/23"] },
            { "is": { "mac": "5a:00:03:00:53:02" }, "mtuBytes": 1450, "addresses": ["10.1.112.3/20"] },
        ])
    );
}

#[test]
fn values_of_a_wrong_shape_are_named_and_the_rest_is_read() {
    let network = config(
        "version: 2\nethernets:\n  eth0:\n    dhcp4: perhaps\n    mtu: 17\n    addresses: [192.0.2.4, 192.0.2.5/33, 0.0.0.0/8, 192.0.2.6/24, 192.0.2.6/24]\n    \
         gateway4: 2001:db8::x\n    routes: [{to: x}, {to: default, via: 192.0.2.6}, {to: 10.0.0.0/8, via: '2001:db8::1'}, 7]\n    \
         nameservers: {addresses: [x, 192.0.2.53], search: [a b, 'd..e', c.example.]}\n    routing-policy: [{table: 255, mark: 1}, {from: 10.0.0.0/8}]\n  eth1: []\n",
    );
    assert_eq!(
        links(&network),
        json!([
            {
                "is": { "name": "eth0" },
                "addresses": ["192.0.2.6/24"],
                "nameservers": ["192.0.2.53"],
                "searchDomains": ["a", "b", "c.example"],
            },
            { "is": { "name": "eth1" } },
        ])
    );
    assert_eq!(
        network.left_out,
        [
            "eth0: mtu",
            "eth0: dhcp4",
            "eth0: addresses",
            "eth0: gateway4",
            "eth0: a route",
            "eth0: routing-policy",
            "eth0: search",
            "eth0: the route to 0.0.0.0/0",
            "eth0: the route to 10.0.0.0/8",
        ]
        .iter()
        .map(|phrase| (*phrase).to_owned())
        .collect::<Vec<_>>()
    );
}
