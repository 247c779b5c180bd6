//! By which servers of DHCPv6 know this machine, and its interfaces: its DUID, the same at every boot and on every interface, and the
//! number of each interface (IAID). Servers of DHCP know it by the same two, where the config wants that.

use crate::core::codec::dhcp6::message::{duid_ll, duid_uuid};
use crate::core::plan::network::SeenLink;
use crate::sources::smbios::machine_uuid;
use crate::sys::netdev::Links;

/// The DUID of the firmware's UUID (RFC 6355), or of the first Ethernet card where the firmware has none.
pub fn of_machine() -> Vec<u8> {
    let uuid = machine_uuid().and_then(|text| bytes_of(&text));
    uuid.map(duid_uuid).or_else(|| of_card().map(duid_ll)).unwrap_or_default()
}

/// The DUID on an interface: that of the machine, or of the interface itself where the machine has none, because the card from which it
/// would be made has come later.
pub fn on_interface(of_machine: &[u8], mac: [u8; 6]) -> Vec<u8> {
    if of_machine.is_empty() { duid_ll(mac) } else { of_machine.to_vec() }
}

/// The number by which servers tell the interfaces of a machine apart, the same at each boot. A VLAN has the hardware address of the
/// interface that it is on.
pub fn iaid(link: &SeenLink, mac: [u8; 6]) -> u32 {
    let [_, _, a, b, c, d] = mac;
    u32::from_be_bytes([a, b, c, d]) ^ link.vlan.map_or(0, |vlan| u32::from(vlan) << 20)
}

fn of_card() -> Option<[u8; 6]> {
    let links = Links::open().and_then(|links| links.all()).unwrap_or_default();
    links.iter().find(|link| link.is_physical())?.mac_bytes()
}

fn bytes_of(uuid: &str) -> Option<[u8; 16]> {
    let digits = uuid.replace('-', "");
    let number = u128::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 32)?;
    Some(number.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vlan_is_another_interface_for_servers_than_the_one_that_it_is_on() {
        let of = |vlan| iaid(&SeenLink { vlan, ..SeenLink::default() }, [2, 0, 0, 0, 0, 7]);
        assert_eq!(of(None), 7);
        assert_ne!(of(Some(40)), of(None));
        assert_ne!(of(Some(40)), of(Some(41)));
    }

    #[test]
    fn a_uuid_is_its_bytes_in_the_order_in_which_it_is_written() {
        let bytes = bytes_of("4c4c4544-0047-3010-8052-b4c04f4d3732").unwrap();
        assert_eq!((bytes[0], bytes[15]), (0x4c, 0x32));
        assert_eq!(bytes_of("4c4c4544"), None);
    }
}
