use super::super::message::tests::{MAC, answer};
use super::*;

const SERVER: [u8; 4] = [10, 0, 2, 2];
const ADDRESS: [u8; 4] = [10, 0, 2, 15];

/// No chance: every wait is a second shorter than its middle, every transaction is 0.
fn client() -> Client {
    Client::new(MAC, Some("w1".into()), None, || 0)
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
    client.set_mac(OTHER);
    assert_eq!(addresses(client.carrier(0, true)), [OTHER, OTHER]);
    let mut client = bound();
    client.set_mac(OTHER);
    assert_eq!(addresses(client.tick(60_000)), [OTHER, MAC]);
}

#[test]
fn an_unanswered_discover_is_repeated_at_growing_distances() {
    let mut client = client();
    client.carrier(0, true);
    let mut times = vec![0];
    for _ in 0..6 {
        let due = client.due().unwrap();
        assert_eq!(shape(&client.tick(due)), ["broadcast 1"]);
        times.push(due);
    }
    let gaps: Vec<u64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(gaps, [3000, 7000, 15_000, 31_000, 63_000, 63_000]);
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
    let mut client = Client::new(MAC, None, Some(ADDRESS.into()), || 0);
    assert_eq!(shape(&client.carrier(0, true)), ["broadcast 3"]);
    assert_eq!(shape(&client.tick(client.due().unwrap())), ["broadcast 3"]);
    assert_eq!(shape(&client.tick(client.due().unwrap())), ["broadcast 1"]);
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
