//! How links of each kind are asked for: the parts of IFLA_LINKINFO.

use super::message::{IFLA_BOND_PRIMARY, IFLA_INFO_DATA, IFLA_INFO_KIND, attribute, nested};
use crate::core::config::{Bond, Bridge, Vlan, VlanProtocol};
use crate::core::plan::network::MadeKind;

/// The kernel counts the times of a bridge in hundredths of a second.
const TICK_MS: u32 = 10;

/// Kind and settings of a link, as attribute IFLA_LINKINFO.
pub fn link_info(kind: &MadeKind) -> Vec<u8> {
    let settings = match kind {
        MadeKind::Bond(bond) => of_bond(bond),
        MadeKind::Vlan(vlan) => of_vlan(vlan),
        MadeKind::Bridge(bridge) => of_bridge(bridge),
        MadeKind::Dummy | MadeKind::Wireguard => Vec::new(),
    };
    let kind = attribute(IFLA_INFO_KIND, kind.name().as_bytes());
    nested(libc::IFLA_LINKINFO, &[kind, nested(IFLA_INFO_DATA, &settings)])
}

/// What prefers a member of a bond.
pub fn primary(index: u32) -> Vec<u8> {
    let data = nested(IFLA_INFO_DATA, &[attribute(IFLA_BOND_PRIMARY, &index.to_ne_bytes())]);
    nested(libc::IFLA_LINKINFO, &[attribute(IFLA_INFO_KIND, b"bond"), data])
}

/// Settings by the numbers of linux/if_link.h, IFLA_BOND_*. The mode comes first: it decides which of the others are taken.
fn of_bond(bond: &Bond) -> Vec<Vec<u8>> {
    let mut all = vec![attribute(1, &[bond.mode as u8])];
    let mut byte = |kind: u16, value: Option<u8>| all.extend(value.map(|value| attribute(kind, &[value])));
    byte(21, bond.lacp_rate.map(|value| value as u8));
    byte(22, bond.ad_select.map(|value| value as u8));
    byte(12, bond.primary_reselect_policy.map(|value| value as u8));
    byte(13, bond.fail_over_mac_policy.map(|value| value as u8));
    byte(14, bond.transmit_hash_policy.map(|value| value as u8));
    byte(16, bond.gratuitous_arp);
    byte(17, bond.all_members_active.map(u8::from));
    let mut number = |kind: u16, value: Option<u32>| {
        all.extend(value.map(|value| attribute(kind, &value.to_ne_bytes())));
    };
    number(3, bond.mii_monitor_interval_ms);
    number(4, bond.up_delay_ms);
    number(5, bond.down_delay_ms);
    number(7, bond.arp_interval_ms);
    number(9, bond.arp_validate.map(|value| value as u32));
    number(10, bond.arp_all_targets.map(|value| value as u32));
    number(15, bond.resend_igmp);
    number(18, bond.min_links);
    number(19, bond.learn_packet_interval_ms.map(|ms| ms / 1000));
    number(20, bond.packets_per_member);
    if let Some(targets) = &bond.arp_ip_targets {
        let targets: Vec<Vec<u8>> = targets.iter().zip(0u16..).map(|(ip, at)| attribute(at, &ip.octets())).collect();
        all.push(nested(8, &targets));
    }
    all
}

/// IFLA_VLAN_*; the link that it is on is an attribute next to these.
fn of_vlan(vlan: &Vlan) -> Vec<Vec<u8>> {
    let protocol: u16 = match vlan.protocol {
        VlanProtocol::Ieee8021q => 0x8100,
        VlanProtocol::Ieee8021ad => 0x88a8,
    };
    vec![attribute(1, &vlan.id.to_ne_bytes()), attribute(5, &protocol.to_be_bytes())]
}

/// IFLA_BR_*.
fn of_bridge(bridge: &Bridge) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let mut number = |kind: u16, value: Option<u32>| {
        all.extend(value.map(|value| attribute(kind, &value.to_ne_bytes())));
    };
    number(1, bridge.forward_delay_ms.map(|ms| ms / TICK_MS));
    number(2, bridge.hello_time_ms.map(|ms| ms / TICK_MS));
    number(3, bridge.max_age_ms.map(|ms| ms / TICK_MS));
    number(4, bridge.ageing_time_ms.map(|ms| ms / TICK_MS));
    number(5, Some(bridge.stp.into()));
    all.extend(bridge.priority.map(|value| attribute(6, &value.to_ne_bytes())));
    all
}
