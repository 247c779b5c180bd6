use super::*;
use crate::core::config::{LinkSelector, RoutingRule};
use serde_json::{Value, json};

fn config(links: Value) -> Network {
    serde_json::from_value(json!({ "links": links, "nameservers": [], "routeTimeoutMs": 1000 })).unwrap()
}

/// A network card that the kernel has named and nobody has touched.
fn card(index: u32, name: &str) -> SeenLink {
    SeenLink {
        index,
        name: name.into(),
        mac: Some(format!("52:54:00:00:00:{index:02x}")),
        permanent_mac: Some(format!("52:54:00:00:00:{index:02x}")),
        driver: Some("virtio_net".into()),
        path: Some(format!("0000:00:{index:02x}.0")),
        mtu: 1500,
        carrier: true,
        accept_ra: Some(1),
        ..SeenLink::default()
    }
}

fn cards(count: u32) -> SeenNetwork {
    SeenNetwork { links: (0..count).map(|at| card(at + 2, &format!("eth{at}"))).collect(), ..SeenNetwork::default() }
}

/// The operations as words, without the values of what is made.
fn outline(config: &Network, seen: &SeenNetwork) -> Vec<String> {
    network(config, seen).unwrap().operations.iter().map(words_of).collect()
}

fn words_of(action: &LinkAction) -> String {
    let link = &action.link;
    match &action.operation {
        LinkOperation::MakeLink { kind } => format!("make {} {link}", kind.name()),
        LinkOperation::Rename { name } => format!("rename {link} {name}"),
        LinkOperation::SetMtu { bytes } => format!("mtu {link} {bytes}"),
        LinkOperation::BringDown => format!("down {link}"),
        LinkOperation::Join { of } => format!("join {link} {of}"),
        LinkOperation::SetPrimary { member } => format!("primary {link} {member}"),
        LinkOperation::SetAdvertisements { accepted, addresses: false } if *accepted => format!("ra {link} routes"),
        LinkOperation::SetAdvertisements { accepted, .. } => format!("ra {link} {accepted}"),
        LinkOperation::BringUp => format!("up {link}"),
        LinkOperation::SetKey { generated } => format!("key {link} {generated}"),
        LinkOperation::SetPort { port } => format!("port {link} {port}"),
        LinkOperation::SetMark { mark } => format!("mark {link} {mark}"),
        LinkOperation::AddPeer { public_key, .. } => format!("peer {link} {public_key}"),
        LinkOperation::AddAddress { address } => {
            format!("address {link} {}/{}", address.address, address.prefix_length)
        }
        LinkOperation::AddRoute { route } => format!("route {link} {}/{}", route.destination, route.prefix_length),
        LinkOperation::AddRule { rule } => format!("rule {link} {}", rule.table),
    }
}

/// What the machine looks like after the operations: a kernel that does all of them.
fn after(seen: &SeenNetwork, plan: &NetworkPlan) -> SeenNetwork {
    let mut now = seen.clone();
    for action in &plan.operations {
        let index_of = |now: &SeenNetwork, name: &str| now.link(name).map(|link| link.index);
        if let LinkOperation::MakeLink { kind } = &action.operation {
            let index = 100 + u32::try_from(now.links.len()).unwrap();
            let (on, vlan) = match kind {
                MadeKind::Vlan(vlan) => (index_of(&now, &vlan.link), Some(vlan.id)),
                _ => (None, None),
            };
            let made = SeenLink {
                on,
                vlan,
                kind: Some(kind.name().into()),
                ..SeenLink { driver: None, path: None, permanent_mac: None, ..card(index, &action.link) }
            };
            now.links.push(SeenLink { carrier: false, ..made });
            continue;
        }
        let master = match &action.operation {
            LinkOperation::Join { of } => index_of(&now, of),
            _ => None,
        };
        let primary = match &action.operation {
            LinkOperation::SetPrimary { member } => index_of(&now, member),
            _ => None,
        };
        if let LinkOperation::Rename { name } = &action.operation {
            assert!(now.link(name).is_none(), "two links have one name");
        }
        let link = now.links.iter_mut().find(|link| link.name == action.link).expect("the link is there");
        match &action.operation {
            LinkOperation::MakeLink { .. } => {}
            LinkOperation::SetPrimary { .. } => link.primary = primary,
            LinkOperation::Rename { name } => {
                assert!(!link.up, "a link that is up has no new name");
                link.name.clone_from(name);
            }
            LinkOperation::SetMtu { bytes } => link.mtu = *bytes,
            LinkOperation::BringDown => link.up = false,
            LinkOperation::Join { .. } => {
                assert!(!link.up && master.is_some(), "a member is down when it joins");
                link.master = master;
                share_mac(&mut now, &action.link);
            }
            LinkOperation::SetAdvertisements { accepted, addresses } => {
                link.accept_ra = Some(if *accepted { ACCEPT_ALWAYS } else { ACCEPT_NEVER });
                link.autoconf = Some(*addresses);
            }
            LinkOperation::BringUp => link.up = true,
            LinkOperation::SetKey { .. } => {
                link.wireguard.get_or_insert_default().public_key = Some("own".into());
            }
            LinkOperation::SetPort { port } => link.wireguard.get_or_insert_default().listen_port = *port,
            LinkOperation::SetMark { mark } => link.wireguard.get_or_insert_default().mark = *mark,
            LinkOperation::AddPeer { public_key, endpoint: _, allowed_ips, persistent_keepalive_seconds } => {
                let tunnel = link.wireguard.get_or_insert_default();
                // As the kernel: a peer with the machine's own key is not there.
                if tunnel.public_key.as_ref() != Some(public_key) {
                    tunnel.peers.push(SeenPeer {
                        public_key: public_key.clone(),
                        allowed_ips: allowed_ips.clone(),
                        persistent_keepalive_seconds: persistent_keepalive_seconds.unwrap_or(0),
                        ..SeenPeer::default()
                    });
                }
            }
            LinkOperation::AddAddress { address } => link.addresses.push(*address),
            LinkOperation::AddRoute { route } => {
                assert!(link.up, "a route is over a link that is up");
                now.routes.push(SeenRoute {
                    link: link.index,
                    table: route.table.unwrap_or(254),
                    destination: route.destination,
                    prefix_length: route.prefix_length,
                    gateway: route.gateway,
                    source: route.source,
                    metric: route.effective_metric(),
                });
            }
            LinkOperation::AddRule { rule } => {
                let rule = RoutingRule { priority: rule.priority.or(Some(32_765)), ..*rule };
                now.rules.push(SeenRule { ipv6: rule.is_ipv6(), rule });
            }
        }
    }
    now
}

/// A bond has the hardware address of its first member, and so have the others.
fn share_mac(now: &mut SeenNetwork, member: &str) {
    let one = now.link(member).unwrap().clone();
    let bond = now.links.iter().position(|link| Some(link.index) == one.master).unwrap();
    if now.links[bond].kind.as_deref() != Some("bond") {
        return;
    }
    if now.links.iter().filter(|link| link.master == one.master).count() == 1 {
        now.links[bond].mac.clone_from(&one.mac);
    }
    let mac = now.links[bond].mac.clone();
    now.links.iter_mut().find(|link| link.name == member).unwrap().mac = mac;
}

const NOTHING: &[&str] = &[];

fn everything() -> Network {
    config(json!([
        { "name": "uplink", "kind": { "type": "physical", "selector": { "mac": "52:54:00:00:00:02" } }, "mtuBytes": 9000,
          "slaac": true, "addresses": [{ "address": "192.0.2.10", "prefixLength": 24 }, { "address": "2001:db8::10", "prefixLength": 64 }],
          "routes": [{ "destination": "0.0.0.0", "prefixLength": 0, "gateway": "192.0.2.1" },
                     { "destination": "2001:db8:9::", "prefixLength": 48, "gateway": "2001:db8::1" },
                     { "destination": "10.0.0.0", "prefixLength": 8, "gateway": "192.0.2.2", "table": 100, "metric": 5 }],
          "rules": [{ "from": { "address": "192.0.2.10", "prefixLength": 32 }, "table": 100 }] },
        { "name": "bond0", "kind": { "type": "bond", "mode": "active-backup", "primary": 1,
          "members": [{ "path": "0000:00:03.0" }, { "name": "eth2" }] }, "addresses": [], "routes": [] },
        { "name": "bond0.40", "kind": { "type": "vlan", "link": "bond0", "id": 40, "protocol": "802.1q" }, "addresses": [], "routes": [] },
        { "name": "br0", "kind": { "type": "bridge", "stp": false, "members": [{ "name": "bond0.40" }] },
          "addresses": [{ "address": "198.51.100.1", "prefixLength": 24 }], "routes": [] },
        { "name": "self", "kind": { "type": "dummy" }, "addresses": [{ "address": "203.0.113.7", "prefixLength": 32 }], "routes": [] },
    ]))
}

#[test]
fn links_of_all_kinds_are_made_in_an_order_that_the_kernel_takes() {
    let plan = outline(&everything(), &cards(3));
    assert_eq!(
        plan,
        [
            "rename eth0 uplink",
            "mtu uplink 9000",
            "ra uplink true",
            "up uplink",
            "address uplink 192.0.2.10/24",
            "address uplink 2001:db8::10/64",
            "make bond bond0",
            "join eth1 bond0",
            "up eth1",
            "join eth2 bond0",
            "up eth2",
            "primary bond0 eth2",
            "ra bond0 false",
            "up bond0",
            "make vlan bond0.40",
            "ra bond0.40 false",
            "up bond0.40",
            "make bridge br0",
            "down bond0.40",
            "join bond0.40 br0",
            "up bond0.40",
            "ra br0 false",
            "up br0",
            "address br0 198.51.100.1/24",
            "make dummy self",
            "ra self false",
            "up self",
            "address self 203.0.113.7/32",
            "route uplink 0.0.0.0/0",
            "route uplink 2001:db8:9::/48",
            "route uplink 10.0.0.0/8",
            "rule uplink 100",
        ]
    );
}

#[test]
fn what_is_done_is_not_done_again_and_what_is_lost_comes_back() {
    let (config, first) = (everything(), cards(3));
    let plan = network(&config, &first).unwrap();
    assert_eq!(plan.missing, []);
    let mut done = after(&first, &plan);
    assert_eq!(outline(&config, &done), NOTHING);
    // The kernel takes addresses of IPv6 and routes away from a link that goes down.
    done.routes.retain(|route| route.link != 2);
    done.links[0].addresses.pop();
    done.links[0].up = false;
    assert_eq!(
        outline(&config, &done),
        [
            "up uplink",
            "address uplink 2001:db8::10/64",
            "route uplink 0.0.0.0/0",
            "route uplink 2001:db8:9::/48",
            "route uplink 10.0.0.0/8"
        ]
    );
}

#[test]
fn a_member_that_comes_late_joins_and_what_is_missing_is_named() {
    let config = everything();
    let few = cards(2);
    let plan = network(&config, &few).unwrap();
    let missing = |plan: &NetworkPlan| {
        plan.missing.iter().map(|one| (one.what.clone(), one.pointer.clone(), one.needed)).collect::<Vec<_>>()
    };
    let place = "/network/links/1/kind/members/1".to_owned();
    assert_eq!(missing(&plan), [("interface eth2".to_owned(), place, false)]);
    let mut now = after(&few, &plan);
    now.links.push(SeenLink { up: true, ..card(9, "eth2") });
    assert_eq!(outline(&config, &now), ["down eth2", "join eth2 bond0", "up eth2", "primary bond0 eth2"]);

    let none = network(&config, &SeenNetwork::default()).unwrap();
    let needed: Vec<bool> = none.missing.iter().map(|one| one.needed).collect();
    assert_eq!(needed, [true, true, true]);
}

#[test]
fn a_vlan_waits_for_the_link_that_it_is_on() {
    let config = config(json!([
        { "name": "eth0", "kind": { "type": "physical", "selector": { "name": "eth0" } }, "addresses": [], "routes": [] },
        { "name": "v7", "kind": { "type": "vlan", "link": "eth0", "id": 7, "protocol": "802.1ad" }, "addresses": [], "routes": [] },
    ]));
    assert_eq!(outline(&config, &SeenNetwork::default()), NOTHING);
    assert_eq!(outline(&config, &cards(1)), ["ra eth0 false", "up eth0", "make vlan v7", "ra v7 false", "up v7"]);
}

#[test]
fn all_means_the_cards_that_nothing_else_means() {
    let config = config(json!([
        { "kind": { "type": "physical", "selector": { "all": true } }, "dhcp4": true, "addresses": [], "routes": [] },
        { "name": "eth1", "kind": { "type": "physical", "selector": { "name": "eth1" } }, "addresses": [], "routes": [] },
        { "name": "br0", "kind": { "type": "bridge", "stp": true, "members": [{ "driver": "virtio_net", "path": "0000:00:04.0" }] },
          "addresses": [], "routes": [] },
    ]));
    let mut seen = cards(4);
    seen.links.push(SeenLink { kind: Some("veth".into()), ..card(20, "veth1") });
    let up = |plan: Vec<String>| plan.into_iter().filter(|words| words.starts_with("up ")).collect::<Vec<_>>();
    assert_eq!(up(outline(&config, &seen)), ["up eth0", "up eth3", "up eth1", "up eth2", "up br0"]);
}

#[test]
fn one_interface_for_two_links_and_two_for_one_name_are_refused_with_their_places() {
    let physical = |name: &str, selector: Value| json!({ "name": name, "kind": { "type": "physical", "selector": selector }, "addresses": [], "routes": [] });
    let twice = config(json!([
        physical("a", json!({ "mac": "52:54:00:00:00:03" })),
        physical("eth1", json!({ "name": "eth1" }))
    ]));
    let error = network(&twice, &cards(2)).unwrap_err();
    assert_eq!((error.code, error.object.as_str()), (Code::InterfaceClaimedTwice, "eth1"));
    assert_eq!(error.pointer.as_deref(), Some("/network/links/1/kind/selector"));
    let detail = error.detail.unwrap_or_default();
    assert!(detail.contains("/network/links/0/") && detail.contains("/network/links/1/"), "{detail}");

    let several = config(json!([physical("uplink", json!({ "driver": "virtio_net" }))]));
    let error = network(&several, &cards(2)).unwrap_err();
    assert_eq!((error.code, error.object.as_str()), (Code::InterfaceClaimedTwice, "uplink"));
    assert_eq!(network(&several, &cards(1)).unwrap().missing, []);

    let bond = |name: &str| json!({ "name": name, "kind": { "type": "bond", "mode": "802.3ad", "members": [{ "name": "eth0" }] }, "addresses": [], "routes": [] });
    let error = network(&config(json!([bond("b1"), bond("b2")])), &cards(1)).unwrap_err();
    assert_eq!(error.pointer.as_deref(), Some("/network/links/1/kind/members/0"));
}

#[test]
fn interfaces_may_swap_their_names_and_take_that_of_one_that_the_config_does_not_name() {
    let physical = |name: &str, mac: &str| json!({ "name": name, "kind": { "type": "physical", "selector": { "mac": mac } }, "addresses": [], "routes": [] });
    let swapped = config(json!([physical("eth0", "52:54:00:00:00:03"), physical("eth1", "52:54:00:00:00:02")]));
    let mut first = cards(2);
    first.links[0].up = true;
    let names = |seen: &SeenNetwork| seen.links.iter().map(|link| link.name.clone()).collect::<Vec<_>>();
    let done = after(&first, &network(&swapped, &first).unwrap());
    assert_eq!((names(&done), outline(&swapped, &done)), (vec!["eth1".to_owned(), "eth0".to_owned()], vec![]));

    let taken = config(json!([physical("eth0", "52:54:00:00:00:04")]));
    let done = after(&cards(3), &network(&taken, &cards(3)).unwrap());
    assert_eq!((names(&done), outline(&taken, &done)), (vec!["eth3".to_owned(), "eth1".into(), "eth0".into()], vec![]));
}

#[test]
fn a_name_that_another_kind_of_link_has_is_refused() {
    let config = config(json!([{ "name": "eth0", "kind": { "type": "dummy" }, "addresses": [], "routes": [] }]));
    let error = network(&config, &cards(1)).unwrap_err();
    assert_eq!((error.code, error.pointer.as_deref()), (Code::NetworkRefused, Some("/network/links/0/name")));
}

#[test]
fn every_fact_of_a_selector_counts_and_software_has_only_its_name() {
    let one = card(7, "eth5");
    let mut selector =
        LinkSelector { name: Some("eth5".into()), driver: Some("virtio_net".into()), ..LinkSelector::default() };
    assert!(one.fits(&selector));
    selector.permanent_mac = Some("52:54:00:00:00:08".into());
    assert!(!one.fits(&selector));
    let bridge = SeenLink { kind: Some("bridge".into()), ..one };
    assert!(bridge.fits(&LinkSelector { name: Some("eth5".into()), ..LinkSelector::default() }));
    assert!(!bridge.fits(&LinkSelector { mac: bridge.mac.clone(), ..LinkSelector::default() }));
}

/// A link with these members.
fn of_members(name: &str, kind: &str, members: Value) -> Value {
    let kind = match kind {
        "bond" => json!({ "type": "bond", "mode": "802.3ad", "members": members }),
        _ => json!({ "type": "bridge", "stp": false, "members": members }),
    };
    json!({ "name": name, "kind": kind, "addresses": [], "routes": [] })
}

fn physical(name: &str, selector: Value) -> Value {
    json!({ "name": name, "kind": { "type": "physical", "selector": selector }, "addresses": [], "routes": [] })
}

#[test]
fn members_stay_who_they_are_although_a_bond_gives_them_its_hardware_address() {
    let mac = |last: u8| json!({ "mac": format!("52:54:00:00:00:{last:02x}") });
    let permanent = |last: u8| json!({ "permanentMac": format!("52:54:00:00:00:{last:02x}") });
    for links in [
        json!([of_members("bond0", "bond", json!([mac(2), mac(3), mac(4)]))]),
        json!([of_members("bond0", "bond", json!([mac(2), permanent(3), { "name": "eth2" }]))]),
        json!([
            physical("nic0", mac(2)),
            physical("nic1", mac(3)),
            of_members("bond0", "bond", json!([{ "name": "nic0" }, { "name": "nic1" }, mac(4)]))
        ]),
    ] {
        let config = config(links);
        let plan = network(&config, &cards(3)).unwrap();
        let done = after(&cards(3), &plan);
        assert_eq!(done.links.iter().filter(|link| link.master.is_some()).count(), 3);
        let again = network(&config, &done).unwrap();
        assert_eq!((again.operations, again.missing), (vec![], vec![]));
    }
}

#[test]
fn a_member_with_an_entry_of_its_own_is_that_interface_and_down_when_it_joins() {
    let third = json!({ "mac": "52:54:00:00:00:04" });
    let config = config(json!([
        physical("eth0", third.clone()),
        physical("fast", json!({ "name": "eth1" })),
        of_members("bond0", "bond", json!([{ "name": "eth0" }, { "name": "eth1" }]))
    ]));
    let done = after(&cards(3), &network(&config, &cards(3)).unwrap());
    let members: Vec<(u32, &str)> =
        done.links.iter().filter(|link| link.master.is_some()).map(|link| (link.index, link.name.as_str())).collect();
    assert_eq!(members, [(3, "fast"), (4, "eth0")]);
    assert_eq!(outline(&config, &done), NOTHING);
}

#[test]
fn an_interface_that_has_got_its_name_is_not_taken_for_another_one_with_its_former_name() {
    let config = config(json!([physical("uplink", json!({ "name": "eth0" }))]));
    let mut done = after(&cards(1), &network(&config, &cards(1)).unwrap());
    done.links.push(card(9, "eth0"));
    let plan = network(&config, &done).unwrap();
    assert_eq!((plan.operations, plan.missing), (vec![], vec![]));
}

#[test]
fn an_interface_that_another_one_uses_for_itself_is_not_meant() {
    let mut seen = cards(2);
    seen.links[1].mac = seen.links[0].mac.clone();
    seen.links[1].master = Some(2);
    let by_mac = config(json!([physical("uplink", json!({ "mac": "52:54:00:00:00:02" }))]));
    let done = after(&seen, &network(&by_mac, &seen).unwrap());
    assert_eq!(done.links.iter().map(|link| link.name.as_str()).collect::<Vec<_>>(), ["uplink", "eth1"]);
    let all =
        config(json!([{ "kind": { "type": "physical", "selector": { "all": true } }, "addresses": [], "routes": [] }]));
    assert_eq!(outline(&all, &seen), ["ra eth0 false", "up eth0"]);
}

#[test]
fn a_route_with_a_source_waits_for_the_link_of_its_source_and_until_that_can_be_used() {
    let with =
        |destination: &str, source: &str| json!([{ "destination": destination, "prefixLength": 8, "source": source }]);
    let dummy = |address: &str, length: u8| json!({ "name": "self", "kind": { "type": "dummy" }, "addresses": [{ "address": address, "prefixLength": length }], "routes": [] });
    let mut uplink = physical("eth0", json!({ "name": "eth0" }));
    uplink["routes"] = with("10.0.0.0", "192.0.2.7");
    let of_ipv4 = config(json!([uplink, dummy("192.0.2.7", 32)]));
    let plan = outline(&of_ipv4, &cards(1));
    assert_eq!(plan[plan.len() - 2..], ["address self 192.0.2.7/32", "route eth0 10.0.0.0/8"]);

    uplink["routes"] = with("2000::", "2001:db8::7");
    let of_ipv6 = config(json!([uplink, dummy("2001:db8::7", 128)]));
    let plan = network(&of_ipv6, &cards(1)).unwrap();
    let mut done = after(&cards(1), &plan);
    assert!(plan.has_more && done.routes.is_empty());
    done.links[1].tentative = vec!["2001:db8::7".parse().unwrap()];
    let waits = network(&of_ipv6, &done).unwrap().waits;
    assert_eq!(waits[0], ("/network/links/0/routes/0".to_owned(), "eth0: route to 2000::/8".to_owned()));
    done.links[1].tentative.clear();
    let plan = network(&of_ipv6, &done).unwrap();
    assert_eq!((plan.operations.len(), plan.has_more), (1, false));
    assert_eq!(outline(&of_ipv6, &after(&done, &plan)), NOTHING);
}

#[test]
fn an_address_that_ends_by_itself_is_made_to_stay() {
    let mut uplink = physical("eth0", json!({ "name": "eth0" }));
    uplink["addresses"] = json!([{ "address": "192.0.2.7", "prefixLength": 24 }]);
    let config = config(json!([uplink]));
    let mut done = after(&cards(1), &network(&config, &cards(1)).unwrap());
    done.links[0].temporary = std::mem::take(&mut done.links[0].addresses);
    assert_eq!(outline(&config, &done), ["address eth0 192.0.2.7/24"]);
}

#[test]
fn a_vlan_of_that_name_on_another_link_or_with_another_number_is_refused() {
    let config = config(json!([
        physical("eth0", json!({ "name": "eth0" })),
        { "name": "v7", "kind": { "type": "vlan", "link": "eth0", "id": 7, "protocol": "802.1q" }, "addresses": [], "routes": [] },
    ]));
    let done = after(&cards(2), &network(&config, &cards(2)).unwrap());
    assert_eq!(outline(&config, &done), NOTHING);
    let change = |change: fn(&mut SeenLink)| {
        let mut other = done.clone();
        change(other.links.iter_mut().find(|link| link.name == "v7").unwrap());
        network(&config, &other).unwrap_err().detail.unwrap_or_default()
    };
    assert!(change(|link| link.vlan = Some(8)).contains("another VLAN"));
    assert!(change(|link| link.on = Some(3)).contains("a VLAN on eth1"));
}

#[test]
fn what_a_member_has_lost_comes_back_without_joining_again() {
    let config = everything();
    let mut done = after(&cards(3), &network(&config, &cards(3)).unwrap());
    let bond = done.links.iter_mut().find(|link| link.name == "bond0").unwrap();
    bond.primary = None;
    done.links[1].up = false;
    assert_eq!(outline(&config, &done), ["up eth1", "primary bond0 eth2"]);
}

#[test]
fn a_route_or_a_rule_of_somebody_else_is_not_taken_for_that_of_the_config() {
    let config = everything();
    let done = after(&cards(3), &network(&config, &cards(3)).unwrap());
    let mut other = done.clone();
    other.rules[0].ipv6 = true;
    assert_eq!(outline(&config, &other), ["rule uplink 100"]);
    let mut zero = config.clone();
    if let Some(route) = zero.links.as_mut().and_then(|links| links[0].routes.get_mut(1)) {
        route.metric = Some(0);
    }
    assert_eq!(outline(&zero, &done), NOTHING, "the kernel makes 1024 of 0");
}

#[test]
fn where_only_dhcpv6_asks_routers_bring_routes_and_no_addresses() {
    let of = |keys: serde_json::Value| {
        let mut link = physical("eth0", json!({ "name": "eth0" }));
        link.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
        config(json!([link]))
    };
    let settled = |config: &Network, seen: &SeenNetwork| after(seen, &network(config, seen).unwrap());
    let dhcp6 = of(json!({ "dhcp6": true }));
    assert_eq!(outline(&dhcp6, &cards(1)), ["ra eth0 routes", "up eth0"]);
    let both = of(json!({ "dhcp6": true, "slaac": true }));
    assert_eq!(outline(&both, &settled(&dhcp6, &cards(1))), ["ra eth0 true"]);
    assert_eq!(outline(&dhcp6, &settled(&both, &cards(1))), ["ra eth0 routes"]);
    assert_eq!(outline(&of(json!({})), &settled(&both, &cards(1))), ["ra eth0 false"]);
    assert_eq!(outline(&both, &settled(&both, &cards(1))), NOTHING);
}

#[test]
fn an_address_that_may_be_another_machines_is_waited_for_and_one_that_is_is_named() {
    let mut link = physical("eth0", json!({ "name": "eth0" }));
    link["addresses"] = json!([{ "address": "2001:db8::7", "prefixLength": 64 }]);
    let config = config(json!([link]));
    let first = network(&config, &cards(1)).unwrap();
    assert!(first.operations.iter().any(LinkAction::adds_ipv6));
    let mut done = after(&cards(1), &first);
    let address: IpAddr = "2001:db8::7".parse().unwrap();
    done.links[0].tentative = vec![address];
    let waiting = network(&config, &done).unwrap();
    assert_eq!((waiting.operations, waiting.taken, waiting.has_more), (vec![], vec![], true));
    let place = "/network/links/0/addresses/0".to_owned();
    assert_eq!(waiting.waits, [(place, "eth0: 2001:db8::7/64".to_owned())]);
    done.links[0].carrier = false;
    assert!(!network(&config, &done).unwrap().has_more, "without a carrier there is nobody to ask");
    done.links[0].carrier = true;
    done.links[0].duplicates = vec![address];
    let plan = network(&config, &done).unwrap();
    let taken = Taken { link: "eth0".into(), pointer: "/network/links/0/addresses/0".into(), address };
    assert_eq!((plan.operations, plan.taken, plan.has_more), (vec![], vec![taken], false));
}

#[test]
fn what_the_config_means_are_its_links_and_their_members_with_the_names_that_they_get() {
    let config = everything();
    let means = |seen: &SeenNetwork| {
        let all = meant(&config, seen).unwrap();
        all.into_iter().map(|one| format!("{} {}", one.name, one.of.unwrap_or_default())).collect::<Vec<_>>()
    };
    let few = cards(4);
    assert_eq!(means(&few), ["uplink ", "eth1 ", "eth2 "]);
    let done = after(&few, &network(&config, &few).unwrap());
    let links = ["uplink ", "eth1 bond0", "eth2 bond0", "bond0 ", "bond0.40 br0", "br0 ", "self "];
    assert_eq!(means(&done), links);
}

/// The machine after the kernel has taken a link away, with what is on it.
fn without(seen: &SeenNetwork, name: &str) -> SeenNetwork {
    let index = seen.link(name).unwrap().index;
    let mut now = seen.clone();
    now.links.retain(|link| link.index != index && link.on != Some(index));
    now.routes.retain(|route| now.links.iter().any(|link| link.index == route.link));
    now
}

/// The same card in its slot again.
fn plugged_in(seen: &SeenNetwork, card: SeenLink, index: u32) -> SeenNetwork {
    let mut now = seen.clone();
    now.links.push(SeenLink { index, ..card });
    now
}

#[test]
fn an_interface_that_is_plugged_in_again_gets_its_name_and_all_that_it_had() {
    let config = everything();
    let done = after(&cards(3), &network(&config, &cards(3)).unwrap());
    let gone = without(&done, "uplink");
    assert_eq!(outline(&config, &gone), NOTHING);
    let again = plugged_in(&gone, card(2, "eth0"), 90);
    let of_uplink = [
        "rename eth0 uplink",
        "mtu uplink 9000",
        "ra uplink true",
        "up uplink",
        "address uplink 192.0.2.10/24",
        "address uplink 2001:db8::10/64",
        "route uplink 0.0.0.0/0",
        "route uplink 2001:db8:9::/48",
        "route uplink 10.0.0.0/8",
    ];
    assert_eq!(outline(&config, &again), of_uplink, "rules stay without it");
    assert_eq!(outline(&config, &after(&again, &network(&config, &again).unwrap())), NOTHING);
}

#[test]
fn a_bond_keeps_what_is_on_it_without_members_and_they_join_again() {
    let config = everything();
    let done = after(&cards(3), &network(&config, &cards(3)).unwrap());
    let gone = without(&without(&done, "eth1"), "eth2");
    assert_eq!(outline(&config, &gone), NOTHING);
    let again = plugged_in(&plugged_in(&gone, card(3, "eth1"), 90), card(4, "eth2"), 91);
    let join = ["join eth1 bond0", "up eth1", "join eth2 bond0", "up eth2", "primary bond0 eth2"];
    assert_eq!(outline(&config, &again), join);
}

#[test]
fn a_vlan_that_went_with_its_link_is_made_again_with_its_addresses_and_routes() {
    let mut vlan = json!({ "name": "v7", "kind": { "type": "vlan", "link": "eth0", "id": 7, "protocol": "802.1q" }, "mtuBytes": 1400 });
    vlan["addresses"] = json!([{ "address": "192.0.2.7", "prefixLength": 24 }]);
    vlan["routes"] = json!([{ "destination": "0.0.0.0", "prefixLength": 0, "gateway": "192.0.2.1" }]);
    let config = config(json!([physical("eth0", json!({ "name": "eth0" })), vlan]));
    let done = after(&cards(1), &network(&config, &cards(1)).unwrap());
    let again = plugged_in(&without(&done, "eth0"), card(2, "eth0"), 90);
    let all = outline(&config, &again);
    let made = ["make vlan v7", "mtu v7 1400", "ra v7 false", "up v7", "address v7 192.0.2.7/24", "route v7 0.0.0.0/0"];
    assert_eq!(all, [&["ra eth0 false", "up eth0"], &made[..]].concat());
}

#[test]
fn a_member_with_an_entry_of_its_own_is_missing_once() {
    let config = config(json!([
        physical("nic0", json!({ "mac": "52:54:00:00:00:02" })),
        physical("eth1", json!({ "name": "eth1" })),
        of_members("bond0", "bond", json!([{ "name": "nic0" }, { "name": "eth1" }, { "name": "eth2" }])),
    ]));
    let missing = network(&config, &SeenNetwork::default()).unwrap().missing;
    let rows: Vec<_> = missing.iter().map(|one| (one.pointer.as_str(), one.needed)).collect();
    let of = ["/network/links/0/kind/selector", "/network/links/1/kind/selector", "/network/links/2/kind/members/2"];
    assert_eq!(rows, of.map(|pointer| (pointer, true)));
}

#[test]
fn a_tunnel_has_its_key_and_peers_before_it_is_up_and_routes_need_no_gateway() {
    let config = config(json!([{
        "name": "wg0",
        "kind": { "type": "wireguard", "listenPort": 51820, "peers": [
            { "publicKey": "peer", "allowedIps": [{ "address": "10.9.0.0", "prefixLength": 24 }] },
            { "publicKey": "own", "allowedIps": [{ "address": "10.9.1.0", "prefixLength": 24 }] },
        ] },
        "addresses": [{ "address": "10.9.0.1", "prefixLength": 32 }],
        "routes": [{ "destination": "0.0.0.0", "prefixLength": 0 }],
    }]));
    let seen = cards(1);
    let plan = network(&config, &seen).unwrap();
    let words: Vec<String> = plan.operations.iter().map(words_of).collect();
    assert_eq!(
        words,
        [
            "make wireguard wg0",
            "key wg0 true",
            "port wg0 51820",
            "peer wg0 peer",
            "peer wg0 own",
            "ra wg0 false",
            "up wg0",
            "address wg0 10.9.0.1/32",
            "route wg0 0.0.0.0/0",
        ]
    );
    let again = network(&config, &after(&seen, &plan)).unwrap();
    assert_eq!((again.operations, again.own_peers), (Vec::new(), vec!["/network/links/0/kind/peers/1".to_owned()]));
}
