//! By which servers of DHCPv6 know this machine: its DUID, the same at every boot and on every interface.

use crate::core::codec::dhcp6::message::{duid_ll, duid_uuid};
use crate::sources::smbios::machine_uuid;
use crate::sys::netdev::Links;

/// The DUID of the firmware's UUID (RFC 6355), or of the first Ethernet card where the firmware has none.
pub fn of_machine() -> Vec<u8> {
    let uuid = machine_uuid().and_then(|text| bytes_of(&text));
    uuid.map(duid_uuid).or_else(|| of_card().map(duid_ll)).unwrap_or_default()
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
    fn a_uuid_is_its_bytes_in_the_order_in_which_it_is_written() {
        let bytes = bytes_of("4c4c4544-0047-3010-8052-b4c04f4d3732").unwrap();
        assert_eq!((bytes[0], bytes[15]), (0x4c, 0x32));
        assert_eq!(bytes_of("4c4c4544"), None);
    }
}
