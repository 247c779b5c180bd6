use super::super::message::client_of_mac;
use super::super::message::tests::{MAC, answer};
use super::*;

const SERVER: [u8; 4] = [10, 0, 2, 2];
const ADDRESS: [u8; 4] = [10, 0, 2, 15];

/// No chance: every wait is a second shorter than its middle, every transaction is 0.
fn client() -> Client {
    client_with(|_| {}, None)
}

fn client_with(change: fn(&mut Profile), remembered: Option<Ipv4Addr>) -> Client {
    let mut profile = Profile { identity: client_of_mac(MAC), hostname: Some("w1".into()), ..Profile::default() };
    change(&mut profile);
    Client::new(MAC, profile, remembered, || 0)
}

fn reply(kind: u8, more: &[(u8, &[u8])]) -> DhcpReply {
    let all = [&[(54, &SERVER[..]), (1, &[255, 255, 255, 0]), (51, &[0, 0, 0, 120])], more].concat();
    DhcpReply::read(&answer(kind, 0, ADDRESS, &all)).unwrap()
}

/// Kind of a message, and how it travels.
fn shape(operations: &[Operation]) -> Vec<String> {
    let kind = |message: &[u8]| message.get(242).copied().unwrap_or(0);
    operations
        .iter()
        .map(|operation| match operation {
            Operation::Broadcast { message, .. } => format!("broadcast {}", kind(message)),
            Operation::Unicast { server, message, .. } => format!("to {server} {}", kind(message)),
            Operation::Probe { address } => format!("probe {address}"),
            Operation::Bind(lease) => format!("bind {}", lease.address),
            Operation::Unbind(why) => format!("unbind {why:?}"),
        })
        .collect()
}

/// A client with a lease of 120 seconds since time 0.
fn bound() -> Client {
    let mut client = client();
    client.carrier(0, true);
    client.heard(0, &reply(2, &[]));
    assert_eq!(shape(&client.heard(0, &reply(5, &[]))), ["bind 10.0.2.15"]);
    client
}

#[test]
fn discover_offer_request_ack() {
    let mut client = client();
    assert_eq!(client.due(), None, "without a carrier nothing happens");
    assert_eq!(shape(&client.carrier(0, true)), ["broadcast 1"]);
    assert!(client.is_looking());
    let request = client.heard(5, &reply(2, &[]));
    assert_eq!(shape(&request), ["broadcast 3"]);
    let Some(Operation::Broadcast { message, .. }) = request.first() else { panic!() };
    let has = |option: &[u8]| message.windows(option.len()).any(|window| window == option);
    assert!(has(&[54, 4, 10, 0, 2, 2]) && has(&[50, 4, 10, 0, 2, 15]) && has(&[12, 2, b'w', b'1']));
    assert_eq!(shape(&client.heard(9, &reply(5, &[]))), ["bind 10.0.2.15"]);
    assert_eq!(client.due(), Some(5 + 60_000), "half of the lease after the request");
}

#[test]
fn a_request_has_the_seconds_of_its_discover_each_time_and_a_renewal_its_own() {
    let seconds = |operations: Vec<Operation>| match operations.first() {
        Some(Operation::Broadcast { message, .. } | Operation::Unicast { message, .. }) => message[8..10].to_vec(),
        _ => panic!(),
    };
    let mut client = client();
    client.carrier(0, true);
    client.tick(2000);
    assert_eq!(seconds(client.heard(4500, &reply(2, &[]))), [0, 2]);
    let due = client.due().unwrap();
    assert_eq!(seconds(client.tick(due)), [0, 2]);
    client.heard(due, &reply(5, &[]));
    assert_eq!(seconds(client.tick(due + 60_000)), [0, 0]);
}

#[test]
fn another_hardware_address_changes_where_servers_answer_and_not_who_has_the_lease() {
    const OTHER: [u8; 6] = [2, 0, 0, 0, 0, 9];
    let addresses = |operations: Vec<Operation>| {
        let Some(Operation::Broadcast { message, .. } | Operation::Unicast { message, .. }) = operations.first() else {
            panic!()
        };
        let client = message.windows(9).find(|window| window[..3] == [61, 7, 1]).unwrap();
        [message[28..34].to_vec(), client[3..].to_vec()]
    };
    let mut client = client();
    client.set_mac(OTHER, client_of_mac(OTHER));
    assert_eq!(addresses(client.carrier(0, true)), [OTHER, OTHER]);
    let mut client = bound();
    client.set_mac(OTHER, client_of_mac(OTHER));
    assert_eq!(addresses(client.tick(60_000)), [OTHER, MAC]);
}

#[test]
fn an_unanswered_discover_is_repeated_at_growing_distances() {
    let mut client = client();
    client.carrier(0, true);
    let mut times = vec![0];
    for _ in 0..8 {
        let due = client.due().unwrap();
        assert_eq!(shape(&client.tick(due)), ["broadcast 1"]);
        times.push(due);
    }
    let gaps: Vec<u64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(gaps, [225, 900, 3000, 7000, 15_000, 31_000, 63_000, 63_000]);
}

#[test]
fn a_request_that_nobody_answers_leads_back_to_discover() {
    let mut client = client();
    client.carrier(0, true);
    client.heard(0, &reply(2, &[]));
    let operations: Vec<String> = (0..4).flat_map(|_| shape(&client.tick(client.due().unwrap()))).collect();
    assert_eq!(operations, ["broadcast 3", "broadcast 3", "broadcast 3", "broadcast 1"]);
}

#[test]
fn a_lease_is_renewed_at_its_server_rebound_with_all_and_ends() {
    let mut client = bound();
    assert_eq!(shape(&client.tick(60_000)), ["to 10.0.2.2 3"]);
    assert_eq!(client.due(), Some(105_000), "not again before T2: less than a minute is left");
    assert_eq!(shape(&client.tick(105_000)), ["broadcast 3"]);
    assert_eq!(shape(&client.tick(120_000)), ["unbind Expired", "broadcast 1"]);
    assert_eq!(client.lease(), None);
}

#[test]
fn a_renewed_lease_counts_from_its_renewal() {
    let mut client = bound();
    client.tick(60_000);
    assert_eq!(shape(&client.heard(60_010, &reply(5, &[]))), ["bind 10.0.2.15"]);
    assert_eq!(client.due(), Some(120_000));
}

#[test]
fn a_nak_takes_the_address_away_and_the_second_one_makes_the_client_pause() {
    let mut client = bound();
    client.tick(60_000);
    assert_eq!(shape(&client.heard(60_010, &reply(6, &[]))), ["unbind Refused", "broadcast 1"]);
    client.heard(60_020, &reply(2, &[]));
    assert!(client.heard(60_030, &reply(6, &[])).is_empty());
    assert_eq!(client.due(), Some(60_030 + 15_000));
    assert_eq!(shape(&client.tick(75_030)), ["broadcast 1"]);
}

#[test]
fn a_carrier_that_comes_back_makes_the_client_ask_for_its_old_address() {
    let mut client = bound();
    assert!(client.carrier(1000, false).is_empty());
    assert_eq!(client.due(), Some(120_000), "the lease counts on");
    assert_eq!(shape(&client.carrier(2000, true)), ["broadcast 3"]);
    assert_eq!(shape(&client.heard(2005, &reply(5, &[]))), ["bind 10.0.2.15"]);
}

#[test]
fn a_lease_that_ends_without_a_carrier_waits_for_one() {
    let mut client = bound();
    client.carrier(1000, false);
    assert_eq!(shape(&client.tick(120_000)), ["unbind Expired"]);
    assert_eq!(client.due(), None);
    assert!(!client.is_looking());
}

#[test]
fn a_remembered_address_is_asked_for_first_and_given_up_without_an_answer() {
    let mut client = client_with(|_| {}, Some(ADDRESS.into()));
    assert_eq!(shape(&client.carrier(0, true)), ["broadcast 3"]);
    for _ in 1..MOST_REBOOTS {
        assert_eq!(shape(&client.tick(client.due().unwrap())), ["broadcast 3"]);
    }
    assert_eq!(shape(&client.tick(client.due().unwrap())), ["broadcast 1"]);
}

#[test]
fn a_nak_ends_what_it_is_about_in_every_state() {
    let nak = |mut client: Client, now| shape(&client.heard(now, &reply(6, &[])));
    let mut selecting = client();
    selecting.carrier(0, true);
    assert!(nak(client(), 1).is_empty() && nak(selecting, 1).is_empty(), "nothing was asked for");
    let requesting = || {
        let mut client = client();
        client.carrier(0, true);
        client.heard(0, &reply(2, &[]));
        client
    };
    assert_eq!(nak(requesting(), 1), ["broadcast 1"]);
    let mut pausing = requesting();
    for now in 1..3 {
        pausing.heard(now, &reply(6, &[]));
        pausing.heard(now, &reply(2, &[]));
    }
    assert!(nak(pausing, 3).is_empty(), "it asks for nothing");
    assert!(nak(bound(), 1).is_empty(), "the same transaction is over");
    let mut rebooting = bound();
    rebooting.carrier(1, true);
    assert_eq!(nak(rebooting, 2), ["unbind Refused", "broadcast 1"]);
    let mut remembering = client_with(|_| {}, Some(ADDRESS.into()));
    remembering.carrier(0, true);
    assert_eq!(nak(remembering, 1), ["unbind Refused", "broadcast 1"]);
    let mut renewing = bound();
    renewing.tick(60_000);
    assert_eq!(nak(renewing, 60_001), ["unbind Refused", "broadcast 1"]);
    let mut rebinding = bound();
    rebinding.tick(105_000);
    assert_eq!(nak(rebinding, 105_001), ["unbind Refused", "broadcast 1"]);
    assert!(nak(probing(), 1).is_empty(), "the server has given the address");
}

#[test]
fn a_nak_about_another_address_leaves_the_one_that_the_client_has() {
    let mut client = bound();
    client.carrier(1, true);
    for _ in 0..MOST_REBOOTS {
        client.tick(client.due().unwrap());
    }
    let offer = DhcpReply { address: [10, 0, 2, 77].into(), ..reply(2, &[]) };
    assert_eq!(shape(&client.heard(20_000, &offer)), ["broadcast 3"]);
    assert_eq!(shape(&client.heard(20_001, &reply(6, &[]))), ["broadcast 1"]);
    assert_eq!(client.lease().map(|lease| lease.address), Some(ADDRESS.into()));
}

/// A client that wants to know whether the address of an ack is another machine's.
fn probing() -> Client {
    let mut client = client_with(|profile| profile.has_probe = true, None);
    client.carrier(0, true);
    client.heard(0, &reply(2, &[]));
    assert_eq!(shape(&client.heard(0, &reply(5, &[]))), ["probe 10.0.2.15"]);
    assert_eq!((client.due(), client.lease(), client.is_looking()), (None, None, true));
    client
}

#[test]
fn a_new_address_is_probed_before_it_is_used() {
    let mut client = probing();
    assert!(client.tick(1000).is_empty());
    assert!(client.probed(2000, [10, 0, 2, 77].into(), true).is_empty(), "another probe");
    assert_eq!(shape(&client.probed(2000, ADDRESS.into(), true)), ["bind 10.0.2.15"]);
    assert_eq!(client.due(), Some(60_000), "the lease counts from its request");
    client.tick(60_000);
    assert_eq!(shape(&client.heard(60_001, &reply(5, &[]))), ["bind 10.0.2.15"], "a renewal needs no probe");
    client.carrier(60_002, true);
    assert_eq!(shape(&client.heard(60_003, &reply(5, &[]))), ["bind 10.0.2.15"], "nor does what it has");
    let mut remembering = client_with(|profile| profile.has_probe = true, Some(ADDRESS.into()));
    remembering.carrier(0, true);
    assert_eq!(shape(&remembering.heard(1, &reply(5, &[]))), ["bind 10.0.2.15"]);
}

#[test]
fn an_address_that_another_machine_has_is_declined_and_after_a_pause_servers_are_asked_again() {
    let mut client = probing();
    let declined = client.probed(2000, ADDRESS.into(), false);
    assert_eq!(shape(&declined), ["broadcast 4"]);
    let Some(Operation::Broadcast { message, .. }) = declined.first() else { panic!() };
    let options = [&[53, 1, 4, 61, 7, 1][..], &MAC, &[54, 4], &SERVER, &[50, 4], &ADDRESS, &[255]].concat();
    assert_eq!(message[240..240 + options.len()], options);
    assert_eq!((client.due(), client.lease()), (Some(12_000), None));
    assert_eq!(shape(&client.tick(12_000)), ["broadcast 1"]);
    assert!(client.probed(12_001, ADDRESS.into(), true).is_empty(), "the probe is over");
}

#[test]
fn after_many_conflicts_the_pause_is_a_minute() {
    let mut client = probing();
    let mut pauses = Vec::new();
    for _ in 0..11 {
        let now = client.due().unwrap_or(0);
        client.tick(now);
        client.heard(now, &reply(2, &[]));
        client.heard(now, &reply(5, &[]));
        client.probed(now, ADDRESS.into(), false);
        pauses.push(client.due().unwrap() - now);
    }
    assert_eq!(pauses, [vec![10_000; 9], vec![60_000; 2]].concat());
}

#[test]
fn a_probe_ends_with_the_carrier() {
    let mut client = probing();
    assert!(client.carrier(100, false).is_empty());
    assert!(client.probed(2000, ADDRESS.into(), true).is_empty());
    assert_eq!(shape(&client.carrier(3000, true)), ["broadcast 1"]);
}

#[test]
fn ten_thousand_renewals_leave_nothing_behind() {
    let mut client = bound();
    let mut sizes = Vec::new();
    for _ in 0..10_000 {
        let now = client.due().unwrap();
        assert_eq!(shape(&client.tick(now)), ["to 10.0.2.2 3"]);
        assert_eq!(shape(&client.heard(now, &reply(5, &[]))), ["bind 10.0.2.15"]);
        // All but the digits of its times.
        sizes.push(format!("{client:?}").bytes().filter(|byte| !byte.is_ascii_digit()).count());
    }
    assert!(sizes.iter().all(|size| *size == sizes[0]));
    assert_eq!(client.due(), Some(10_001 * 60_000));
}

#[test]
fn a_message_has_what_the_config_says_about_the_client() {
    let mut client = client_with(
        |profile| {
            *profile = Profile {
                identity: vec![255, 0, 0, 0, 7, 0, 4, 9],
                vendor_class: Some("keel".into()),
                unwanted: vec![option::MTU],
                ..Profile::default()
            }
        },
        None,
    );
    let Some(Operation::Broadcast { message, .. }) = client.carrier(0, true).pop() else { panic!() };
    let asked = [55, 12, 1, 121, 3, 6, 12, 15, 42, 51, 54, 58, 59, 119];
    let options = [&[61, 8, 255, 0, 0, 0, 7, 0, 4, 9, 57, 2, 5, 220][..], &asked, b"\x3c\x04keel", &[255]].concat();
    assert_eq!(message[243..243 + options.len()], options);
}

#[test]
fn what_is_for_others_or_at_the_wrong_time_is_passed_over() {
    let mut client = client();
    client.carrier(0, true);
    assert!(client.heard(1, &reply(5, &[])).is_empty(), "an ack without a request");
    assert!(client.heard(1, &DhcpReply { transaction: 9, ..reply(2, &[]) }).is_empty());
    assert!(client.heard(1, &DhcpReply { mac: [0; 6], ..reply(2, &[]) }).is_empty());
    assert!(
        client
            .heard(
                1,
                &DhcpReply {
                    options: reply(2, &[]).options.into_iter().filter(|(number, _)| *number != 54).collect(),
                    ..reply(2, &[])
                }
            )
            .is_empty(),
        "an offer of nobody"
    );
    client.heard(1, &reply(2, &[]));
    assert!(client.heard(1, &reply(6, &[]).by_another()).is_empty(), "another server's refusal");
}

impl DhcpReply {
    fn by_another(mut self) -> Self {
        self.options.insert(54, vec![10, 0, 2, 99]);
        self
    }
}
