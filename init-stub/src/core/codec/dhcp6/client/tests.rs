use super::super::message::options;
use super::super::message::tests::{IAID, answer, duid, identity, identity_with, packed_option, status_option};
use super::*;

const ADDRESS: &str = "2001:db8::5";
const OTHER: &str = "2001:db8::6";
/// Renewed after 60 seconds, rebound after 96, at the end after 200.
const TIMES: [u32; 4] = [0, 0, 120, 200];
/// No chance: the first wait for advertisements is the shortest, all others are a tenth shorter than their middle.
const FIRST_WAIT: u64 = 1001;

fn client_with(remembered: Option<&str>) -> Client6 {
    Client6::new(duid(), IAID, Some("w1".into()), remembered.map(|it| it.parse().unwrap()), || 0)
}

/// A client that has a carrier and looks for a lease.
fn soliciting() -> Client6 {
    let mut client = client_with(None);
    client.carrier(0, true);
    assert_eq!(shape(&client.ask(0, Some(Mode::Stateful))), ["1"]);
    client
}

fn message(kind: Kind, server: &[u8], more: &[&[u8]]) -> Dhcp6Reply {
    Dhcp6Reply::read(&answer(kind, server, more)).unwrap()
}

fn advertise(server: &[u8], preference: u8) -> Dhcp6Reply {
    let preference = packed_option(option::PREFERENCE, &[preference]);
    message(Kind::Advertise, server, &[&identity(ADDRESS, TIMES), &preference])
}

fn reply(more: &[&[u8]]) -> Dhcp6Reply {
    message(Kind::Reply, b"srv", more)
}

fn grants(address: &str) -> Dhcp6Reply {
    reply(&[&identity(address, TIMES)])
}

fn refuses(code: u16) -> Dhcp6Reply {
    reply(&[&identity_with([0, 0], &status_option(code))])
}

/// A client with a lease since time 0.
fn bound() -> Client6 {
    let mut client = soliciting();
    assert_eq!(shape(&client.heard(0, &advertise(b"srv", 255))), ["3 to srv for 2001:db8::5"]);
    assert_eq!(shape(&client.heard(0, &grants(ADDRESS))), ["bind 2001:db8::5"]);
    client
}

/// Kind of a message, the server that it is for, and the address that it asks for.
fn shape(operations: &[Operation6]) -> Vec<String> {
    let of_message = |message: &[u8]| {
        let mut text = message[0].to_string();
        for (number, value) in options(&message[4..]) {
            match number {
                option::SERVER => text += &format!(" to {}", String::from_utf8_lossy(value)),
                option::IA_NA if value.len() > 12 => {
                    text += &format!(" for {}", Ipv6Addr::from(<[u8; 16]>::try_from(&value[16..32]).unwrap()));
                }
                _ => {}
            }
        }
        text
    };
    operations
        .iter()
        .map(|operation| match operation {
            Operation6::Send { message } => of_message(message),
            Operation6::Bind(lease) => format!("bind {}", lease.address),
            Operation6::Inform(information) => format!("inform for {}", information.refresh_seconds),
            Operation6::Unbind { address, why } => format!("unbind {address} {why:?}"),
        })
        .collect()
}

/// Lets time pass to what is due next.
fn next(client: &mut Client6) -> Vec<String> {
    let due = client.due().unwrap();
    shape(&client.tick(due))
}

#[test]
fn solicit_advertise_request_reply() {
    let mut client = client_with(None);
    assert!(client.ask(0, Some(Mode::Stateful)).is_empty() && client.due().is_none(), "there is no carrier yet");
    assert!(!client.is_looking());
    let solicit = client.carrier(5, true);
    assert_eq!(shape(&solicit), ["1"], "at once");
    assert!(client.is_looking());
    let Some(Operation6::Send { message }) = solicit.first() else { panic!() };
    let numbers: Vec<u16> = options(&message[4..]).map(|(number, _)| number).collect();
    assert_eq!(numbers, [1, 8, 3, 6, 39, 14]);
    assert!(client.heard(9, &advertise(b"srv", 0)).is_empty(), "another server may be better");
    assert_eq!(client.due(), Some(5 + FIRST_WAIT));
    assert_eq!(next(&mut client), ["3 to srv for 2001:db8::5"]);
    assert_eq!(shape(&client.heard(1010, &grants(ADDRESS))), ["bind 2001:db8::5"]);
    assert_eq!(client.due(), Some(1006 + 60_000), "half of the lease after the request");
    assert!(!client.is_looking());
}

#[test]
fn the_highest_preference_wins_and_the_best_one_at_once() {
    let mut client = soliciting();
    for (server, preference) in [(b"one", 3), (b"two", 9), (b"six", 9)] {
        assert!(client.heard(1, &advertise(server, preference)).is_empty());
    }
    assert_eq!(next(&mut client), ["3 to two for 2001:db8::5"]);
    assert_eq!(shape(&soliciting().heard(1, &advertise(b"max", 255))), ["3 to max for 2001:db8::5"]);
}

#[test]
fn after_the_first_wait_any_server_is_good() {
    let mut client = soliciting();
    assert_eq!(next(&mut client), ["1"]);
    assert_eq!(shape(&client.heard(1100, &advertise(b"srv", 0))), ["3 to srv for 2001:db8::5"]);
}

#[test]
fn a_rapid_commit_is_a_lease_and_another_reply_to_a_solicit_is_not() {
    let mut client = soliciting();
    assert!(client.heard(1, &grants(ADDRESS)).is_empty());
    let rapid = reply(&[&identity(ADDRESS, TIMES), &packed_option(option::RAPID_COMMIT, &[])]);
    assert_eq!(shape(&client.heard(1, &rapid)), ["bind 2001:db8::5"]);
}

#[test]
fn an_unanswered_solicit_is_repeated_at_growing_distances_and_says_since_when() {
    let mut client = soliciting();
    let mut times = vec![0];
    for _ in 0..14 {
        times.push(client.due().unwrap());
        let Some(Operation6::Send { message }) = client.tick(client.due().unwrap()).pop() else { panic!() };
        let elapsed = u16::try_from(times[times.len() - 1] / 10).unwrap_or(u16::MAX);
        assert_eq!(message[18..24], [&[0, 8, 0, 2][..], &elapsed.to_be_bytes()].concat());
    }
    let gaps: Vec<u64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(gaps[..4], [1001, 1902, 3614, 6867]);
    assert_eq!(gaps[13], 3_240_000, "at the longest an hour, a tenth shorter");
}

#[test]
fn a_server_may_change_the_longest_waits_within_limits() {
    let longest = |seconds: u32| {
        let mut client = soliciting();
        let limit = packed_option(option::SOL_MAX_RT, &seconds.to_be_bytes());
        let nothing = message(Kind::Advertise, b"srv", &[&limit]);
        assert!(client.heard(1, &nothing).is_empty(), "a server without addresses");
        let times: Vec<u64> = (0..20).map(|_| (client.due().unwrap(), next(&mut client)).0).collect();
        times[19] - times[18]
    };
    assert_eq!((longest(60), longest(7200)), (54_000, 6_480_000));
    assert_eq!((longest(59), longest(86_401)), (3_240_000, 3_240_000), "absurd ones do not count");
}

#[test]
fn a_server_that_has_given_an_address_is_asked_every_ten_minutes_at_least() {
    let longest = |limit: Option<u32>| {
        let mut client = bound();
        client.tick(200_000);
        if let Some(seconds) = limit {
            let limit = packed_option(option::SOL_MAX_RT, &seconds.to_be_bytes());
            client.heard(200_001, &message(Kind::Advertise, b"srv", &[&limit]));
        }
        let times: Vec<u64> = (0..20).map(|_| (client.due().unwrap(), next(&mut client)).0).collect();
        times[19] - times[18]
    };
    assert_eq!([None, Some(7200), Some(60)].map(longest), [540_000, 540_000, 54_000]);
}

#[test]
fn a_request_that_nobody_answers_leads_back_to_solicit() {
    let mut client = soliciting();
    client.heard(0, &advertise(b"srv", 255));
    let operations: Vec<String> = (0..10).flat_map(|_| next(&mut client)).collect();
    assert_eq!(operations[..9], ["3 to srv for 2001:db8::5"; 9]);
    assert_eq!(operations[9], "1");
}

#[test]
fn a_lease_is_renewed_at_its_server_rebound_with_all_and_ends() {
    let mut client = bound();
    assert_eq!(next(&mut client), ["5 to srv for 2001:db8::5"]);
    assert_eq!(client.due(), Some(69_000));
    assert_eq!(next(&mut client), ["5 to srv for 2001:db8::5"]);
    assert_eq!(next(&mut client), ["5 to srv for 2001:db8::5"]);
    assert_eq!(client.due(), Some(96_000), "not again before T2");
    assert_eq!(next(&mut client), ["6 for 2001:db8::5"]);
    while client.due() != Some(200_000) {
        assert_eq!(next(&mut client), ["6 for 2001:db8::5"]);
    }
    assert_eq!(next(&mut client), ["unbind 2001:db8::5 Expired", "1"]);
    assert_eq!(client.lease(), None);
}

#[test]
fn only_the_server_of_a_lease_renews_it_and_any_rebinds_it() {
    let mut client = bound();
    next(&mut client);
    let by_another = message(Kind::Reply, b"two", &[&identity(ADDRESS, TIMES)]);
    assert!(client.heard(60_001, &by_another).is_empty());
    client.tick(96_000);
    assert_eq!(shape(&client.heard(96_001, &by_another)), ["bind 2001:db8::5"]);
    assert_eq!(client.due(), Some(156_000), "it counts from its renewal");
    assert_eq!(next(&mut client), ["5 to two for 2001:db8::5"]);
}

#[test]
fn ten_thousand_renewals_leave_nothing_behind() {
    let mut client = bound();
    let mut sizes = Vec::new();
    for _ in 0..10_000 {
        assert_eq!(next(&mut client), ["5 to srv for 2001:db8::5"]);
        let now = client.due().unwrap() - 8000;
        assert_eq!(shape(&client.heard(now, &grants(ADDRESS))), ["bind 2001:db8::5"]);
        // All but the digits of its times.
        sizes.push(format!("{client:?}").bytes().filter(|byte| !byte.is_ascii_digit()).count());
    }
    assert!(sizes.iter().all(|size| *size == sizes[0]));
    assert_eq!(client.due(), Some(10_001 * 60_000));
}

#[test]
fn a_renewal_may_bring_another_address_or_take_the_old_one_away() {
    let mut client = bound();
    next(&mut client);
    assert_eq!(shape(&client.heard(60_001, &grants(OTHER))), ["unbind 2001:db8::5 Refused", "bind 2001:db8::6"]);
    next(&mut client);
    let zero = reply(&[&identity(OTHER, [0; 4])]);
    assert_eq!(shape(&client.heard(120_001, &zero)), ["unbind 2001:db8::6 Refused", "1"]);
}

#[test]
fn a_server_that_has_lost_the_lease_is_asked_for_it_again() {
    let mut client = bound();
    next(&mut client);
    assert_eq!(shape(&client.heard(60_001, &refuses(status::NO_BINDING))), ["3 to srv for 2001:db8::5"]);
    assert!(client.lease().is_some(), "it stays in force meanwhile");
    assert_eq!(shape(&client.heard(60_002, &grants(ADDRESS))), ["bind 2001:db8::5"]);
    client.tick(120_001);
    client.heard(120_002, &refuses(status::NO_BINDING));
    assert_eq!(shape(&client.heard(120_003, &refuses(status::NO_BINDING))), ["unbind 2001:db8::5 Refused", "1"]);
}

#[test]
fn a_server_that_only_fails_or_has_nothing_more_leaves_the_lease_as_it_is() {
    let mut client = bound();
    next(&mut client);
    for answer in [refuses(1), refuses(5), refuses(status::NO_ADDRESSES), reply(&[])] {
        assert!(client.heard(60_001, &answer).is_empty());
    }
    assert_eq!(client.due(), Some(69_000));
}

#[test]
fn a_server_that_refuses_again_and_again_gets_a_pause() {
    let mut client = soliciting();
    client.heard(0, &advertise(b"srv", 255));
    assert_eq!(shape(&client.heard(1, &refuses(status::NOT_ON_LINK))), ["1"]);
    for pause in [18_000, 36_000, 72_000, 72_000] {
        let now = client.due().unwrap() - 1;
        client.heard(now, &advertise(b"srv", 255));
        assert!(client.heard(now, &refuses(status::NOT_ON_LINK)).is_empty());
        assert!(client.is_looking());
        assert_eq!(client.due(), Some(now + pause));
        assert_eq!(next(&mut client), ["1"]);
    }
}

#[test]
fn a_carrier_that_comes_back_makes_the_client_ask_whether_its_address_is_right() {
    let mut client = bound();
    assert!(client.carrier(1000, false).is_empty());
    assert_eq!(client.due(), Some(200_000), "the lease counts on");
    assert_eq!(shape(&client.carrier(2000, true)), ["4 for 2001:db8::5"]);
    assert!(client.heard(2005, &reply(&[&status_option(0)])).is_empty());
    assert_eq!(client.due(), Some(60_000), "all goes on as before");
}

#[test]
fn an_address_of_another_link_is_given_up() {
    let mut client = bound();
    client.carrier(1000, false);
    client.carrier(2000, true);
    let refused = client.heard(2005, &reply(&[&status_option(status::NOT_ON_LINK)]));
    assert_eq!(shape(&refused), ["unbind 2001:db8::5 Refused", "1"]);
}

#[test]
fn a_lease_that_nobody_confirms_stays_in_use() {
    let mut client = bound();
    client.carrier(1000, false);
    client.carrier(2000, true);
    while client.due().unwrap() < 12_000 {
        assert_eq!(next(&mut client), ["4 for 2001:db8::5"]);
    }
    assert!(next(&mut client).is_empty());
    assert_eq!((client.due(), client.lease().is_some()), (Some(60_000), true));
}

#[test]
fn a_remembered_address_is_confirmed_and_then_rebound() {
    let mut client = client_with(Some(ADDRESS));
    client.ask(0, Some(Mode::Stateful));
    assert_eq!(shape(&client.carrier(0, true)), ["4 for 2001:db8::5"]);
    assert_eq!(shape(&client.heard(1, &reply(&[&status_option(0)]))), ["6 for 2001:db8::5"]);
    assert_eq!(shape(&client.heard(2, &grants(ADDRESS))), ["bind 2001:db8::5"]);
}

#[test]
fn a_remembered_address_that_nobody_knows_is_only_a_request_and_goes_when_another_comes() {
    let mut client = client_with(Some(ADDRESS));
    client.ask(0, Some(Mode::Stateful));
    client.carrier(0, true);
    while client.due().unwrap() < 10_000 {
        assert_eq!(next(&mut client), ["4 for 2001:db8::5"]);
    }
    assert_eq!(next(&mut client), ["1 for 2001:db8::5"]);
    client.heard(10_001, &advertise(b"srv", 255));
    let operations = client.heard(10_002, &grants(OTHER));
    assert_eq!(shape(&operations), ["unbind 2001:db8::5 Refused", "bind 2001:db8::6"]);
}

#[test]
fn a_confirmed_address_that_nobody_rebinds_is_asked_for() {
    let mut client = client_with(Some(ADDRESS));
    client.ask(0, Some(Mode::Stateful));
    client.carrier(0, true);
    client.heard(1, &reply(&[&status_option(0)]));
    while client.due().unwrap() < 10_001 {
        assert_eq!(next(&mut client), ["6 for 2001:db8::5"]);
    }
    assert_eq!(next(&mut client), ["1 for 2001:db8::5"]);
}

#[test]
fn an_address_that_another_machine_has_is_declined_and_after_a_pause_another_one_is_asked_for() {
    let mut client = bound();
    let address: Ipv6Addr = ADDRESS.parse().unwrap();
    assert!(client.taken(5, Ipv6Addr::LOCALHOST).is_empty());
    assert_eq!(shape(&client.taken(5, address)), ["9 to srv for 2001:db8::5", "unbind 2001:db8::5 Declined"]);
    assert!(client.taken(6, address).is_empty(), "once is enough");
    assert!(client.heard(7, &reply(&[&status_option(0)])).is_empty());
    assert_eq!(client.due(), Some(7 + 9000));
    assert_eq!(next(&mut client), ["1"]);
}

#[test]
fn a_decline_that_nobody_answers_ends() {
    let mut client = bound();
    client.taken(5, ADDRESS.parse().unwrap());
    let operations: Vec<String> = (0..5).flat_map(|_| next(&mut client)).collect();
    let again = "9 to srv for 2001:db8::5";
    assert_eq!(operations, [again, again, again, "1"]);
}

#[test]
fn information_is_asked_for_after_a_delay_and_again_when_it_is_old() {
    let mut client = client_with(Some(ADDRESS));
    client.carrier(0, true);
    assert!(client.ask(0, Some(Mode::Stateless)).is_empty());
    assert!(client.heard(0, &reply(&[])).is_empty(), "nothing was asked for yet");
    assert_eq!(next(&mut client), ["11"]);
    assert!(!client.is_looking(), "it does not look for a lease");
    assert_eq!(next(&mut client), ["11"]);
    assert_eq!(shape(&client.heard(1000, &reply(&[]))), ["inform for 86400"]);
    assert!(client.ask(1001, Some(Mode::Stateless)).is_empty());
    assert_eq!(client.due(), Some(1000 + 86_400_000));
    assert!(next(&mut client).is_empty());
    assert_eq!(next(&mut client), ["11"]);
}

#[test]
fn a_router_may_want_a_lease_later_and_a_lease_is_kept_when_it_does_not_any_more() {
    let mut client = client_with(None);
    client.carrier(0, true);
    client.ask(0, Some(Mode::Stateless));
    assert_eq!(shape(&client.ask(1, Some(Mode::Stateful))), ["1"]);
    client.heard(2, &advertise(b"srv", 255));
    client.heard(2, &grants(ADDRESS));
    assert!(client.ask(3, Some(Mode::Stateless)).is_empty());
    assert_eq!(next(&mut client), ["5 to srv for 2001:db8::5"]);
    assert_eq!(shape(&client.tick(200_002)), ["unbind 2001:db8::5 Expired"]);
    assert_eq!(next(&mut client), ["11"], "now information is enough");
}

#[test]
fn without_a_request_a_lease_lasts_until_its_end_and_is_not_renewed() {
    let mut client = bound();
    assert!(client.ask(1, None).is_empty());
    assert_eq!(client.due(), Some(200_000));
    assert!(client.ask(70_000, Some(Mode::Stateful)).is_empty());
    assert_eq!(next(&mut client), ["5 to srv for 2001:db8::5"]);
    client.ask(71_000, None);
    assert_eq!(next(&mut client), ["unbind 2001:db8::5 Expired"]);
    assert_eq!((client.due(), client.is_looking()), (None, false));
}

#[test]
fn a_lease_without_an_end_is_never_due() {
    let mut client = soliciting();
    client.heard(0, &advertise(b"srv", 255));
    client.heard(0, &reply(&[&identity(ADDRESS, [0, 0, u32::MAX, u32::MAX])]));
    assert_eq!(client.due(), None);
}

#[test]
fn what_is_for_others_or_at_the_wrong_time_is_passed_over() {
    let mut client = soliciting();
    let good = advertise(b"srv", 255);
    assert!(client.heard(1, &Dhcp6Reply { transaction: 9, ..good.clone() }).is_empty());
    let theirs = [packed_option(option::CLIENT, b"other"), good.options.clone()].concat();
    assert!(client.heard(1, &Dhcp6Reply { options: theirs, ..good.clone() }).is_empty(), "of another client");
    assert!(client.heard(1, &advertise(b"", 255)).is_empty(), "of no server");
    assert!(client.heard(1, &message(Kind::Advertise, b"srv", &[])).is_empty(), "without an address");
    client.heard(1, &good);
    assert!(client.heard(1, &good).is_empty(), "an offer again");
    let another = message(Kind::Reply, b"two", &[&identity(ADDRESS, TIMES)]);
    assert!(client.heard(1, &another).is_empty(), "a server that was not asked");
}

#[test]
fn a_server_all_of_whose_addresses_others_have_gets_longer_and_longer_pauses() {
    let mut client = bound();
    let mut now = 1;
    for pause in [9000, 18_000, 36_000, 72_000, 72_000] {
        client.taken(now, ADDRESS.parse().unwrap());
        assert!(client.heard(now, &reply(&[])).is_empty());
        assert_eq!(client.due(), Some(now + pause));
        now += pause;
        assert_eq!(next(&mut client), ["1"]);
        client.heard(now, &advertise(b"srv", 255));
        assert_eq!(shape(&client.heard(now, &grants(ADDRESS))), ["bind 2001:db8::5"]);
    }
    let renewed = client.due().unwrap();
    client.tick(renewed);
    client.heard(renewed, &grants(ADDRESS));
    client.taken(renewed, ADDRESS.parse().unwrap());
    client.heard(renewed, &reply(&[]));
    assert_eq!(client.due(), Some(renewed + 9000), "an address that was renewed was good");
}

#[test]
fn information_counts_although_another_router_does_not_send_to_servers() {
    let mut client = client_with(None);
    client.carrier(0, true);
    client.ask(0, Some(Mode::Stateless));
    assert_eq!(next(&mut client), ["11"]);
    assert_eq!(shape(&client.heard(10, &reply(&[]))), ["inform for 86400"]);
    for now in 11..99 {
        assert!(client.ask(now, None).is_empty() && client.due().is_none());
        assert!(client.ask(now, Some(Mode::Stateless)).is_empty());
        assert_eq!(client.due(), Some(86_400_010));
    }
    client.carrier(100, false);
    client.carrier(101, true);
    assert_eq!(next(&mut client), ["11"], "another network may have other servers");
}

/// What goes out and comes back until a time.
fn until(client: &mut Client6, end: u64) -> Vec<String> {
    let mut seen = Vec::new();
    while client.due().is_some_and(|due| due <= end) {
        seen.extend(next(client));
    }
    seen
}

#[test]
fn a_server_without_addresses_is_asked_for_information_and_solicits_go_on() {
    let mut client = soliciting();
    let nothing = message(Kind::Advertise, b"srv", &[&status_option(status::NO_ADDRESSES)]);
    assert!(client.heard(0, &nothing).is_empty());
    assert_eq!(until(&mut client, 1), ["11"]);
    assert_eq!(shape(&client.heard(1, &reply(&[]))), ["inform for 86400"]);
    assert!(client.is_looking());
    assert_eq!(until(&mut client, 4000), ["1", "1"]);
    assert!(client.heard(4001, &nothing).is_empty());
    assert!(!until(&mut client, 80_000_000).contains(&"11".into()), "it is known for a day");
    assert!(until(&mut client, 90_000_000).contains(&"11".into()));
    client.heard(90_000_000, &advertise(b"srv", 255));
    assert_eq!(shape(&client.heard(90_000_000, &grants(ADDRESS))), ["bind 2001:db8::5"]);
    assert_eq!(next(&mut client), ["5 to srv for 2001:db8::5"], "a lease has what there is to know");
}

#[test]
fn a_server_that_takes_its_offer_back_is_asked_for_information() {
    let mut client = soliciting();
    client.heard(0, &advertise(b"srv", 255));
    assert_eq!(shape(&client.heard(1, &refuses(status::NO_ADDRESSES))), ["1"]);
    assert_eq!(next(&mut client), ["11"]);
}

#[test]
fn two_solicits_without_an_offer_where_a_router_sends_to_servers_make_it_ask_for_information() {
    let mut client = soliciting();
    client.hear_routers(true);
    assert_eq!(until(&mut client, 2000), ["1"]);
    assert_eq!(until(&mut client, 3000), ["1", "11"]);
    assert_eq!(shape(&client.heard(3000, &reply(&[]))), ["inform for 86400"]);
    let mut unsent = soliciting();
    assert!(!until(&mut unsent, 80_000).contains(&"11".into()), "only the config asks for an address");
}
