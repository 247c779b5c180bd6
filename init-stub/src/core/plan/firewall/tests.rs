use super::*;

fn prefix(text: &str) -> Prefix {
    let (address, length) = text.split_once('/').unwrap();
    Prefix { address: address.parse().unwrap(), prefix_length: length.parse().unwrap() }
}

fn of<'a>(chains: &'a [Chain], name: &str) -> &'a [PacketRule] {
    &chains.iter().find(|chain| chain.name == name).unwrap_or_else(|| panic!("{name} is not there")).rules
}

#[test]
fn a_config_that_closes_nothing_has_no_chain() {
    assert_eq!(chains(None, &[], 7), []);
}

#[test]
fn every_chain_that_is_jumped_to_is_there_and_none_has_a_hook_twice() {
    let allow = vec![
        Allowed { protocol: 4, ports: None, from: Some(vec![prefix("192.0.2.0/24")]) },
        Allowed { protocol: TCP, ports: Some(vec![PortRange { first: 1, last: 9 }]), from: None },
    ];
    let firewall = Firewall { links: vec!["eth0".into(), "eth1".into()], allow };
    let all = chains(Some(&firewall), &["169.254.169.254".parse().unwrap()], 7);
    for rule in all.iter().flat_map(|chain| &chain.rules) {
        if let Jump(to) = &rule.verdict {
            assert!(all.iter().any(|chain| chain.name == *to && chain.hook.is_none()), "{to}");
        }
    }
    let hooks: Vec<&str> = all.iter().filter(|chain| chain.hook.is_some()).map(|chain| chain.name.as_str()).collect();
    assert_eq!(hooks, ["input", "forward", "output"]);
    // An entry without networks needs no chain of its own.
    assert!(all.iter().any(|chain| chain.name == "allow-0") && !all.iter().any(|chain| chain.name == "allow-1"));
}

#[test]
fn only_the_links_that_are_named_are_closed_and_answers_come_first() {
    let firewall = Firewall { links: vec!["eth0".into()], allow: Vec::new() };
    let all = chains(Some(&firewall), &[], 7);
    assert_eq!(of(&all, "input"), [rule([CameBy("eth0".into())], jump("external"))]);
    assert_eq!(of(&all, "forward"), [rule([CameBy("eth0".into()), IsTranslated], jump("translated"))]);
    for name in ["external", "translated"] {
        let rules = of(&all, name);
        assert_eq!(rules.first(), Some(&rule([Follows], Accept)));
        assert_eq!(rules.last(), Some(&rule([], Drop)));
        assert!(rules.contains(&rule([Carries(ICMPV6)], Accept)), "without neighbour discovery there is no IPv6");
    }
    assert!(all.iter().all(|chain| chain.name != "output"), "nothing that the node sends is looked at");
}

#[test]
fn a_translated_port_is_the_one_that_the_sender_wanted() {
    let range = PortRange { first: 30000, last: 32767 };
    let allow = vec![Allowed {
        protocol: TCP,
        ports: Some(vec![range]),
        from: Some(vec![prefix("192.0.2.0/24"), prefix("::/0")]),
    }];
    let all = chains(Some(&Firewall { links: vec!["eth0".into()], allow }), &[], 7);
    assert!(of(&all, "external").contains(&rule([Carries(TCP), ToPorts(range)], jump("allow-0"))));
    assert!(of(&all, "translated").contains(&rule([Carries(TCP), WasToPorts(range)], jump("allow-0"))));
    assert_eq!(
        of(&all, "allow-0"),
        [rule([IsIpv4(true), IsFrom(prefix("192.0.2.0/24"))], Accept), rule([IsIpv4(false)], Accept)]
    );
}

#[test]
fn pods_reach_a_metadata_service_by_dns_alone_and_nobody_else_is_asked() {
    let all = chains(None, &["169.254.169.254".parse().unwrap(), "fd00:ec2::254".parse().unwrap()], 7);
    assert_eq!(of(&all, "forward"), [rule([], jump("guarded"))]);
    assert_eq!(of(&all, "output"), [rule([IsOfGroup(7)], jump("guarded"))]);
    let verdicts: Vec<&Verdict> = of(&all, "guarded").iter().map(|rule| &rule.verdict).collect();
    assert_eq!(verdicts, [&Return, &Return, &Return, &Reject, &Reject]);
    assert!(all.iter().all(|chain| chain.name != "input"));
}
