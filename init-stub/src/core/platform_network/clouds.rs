//! The metadata of DigitalOcean and of Vultr.

use super::draft::{Draft, DraftLink};
use super::facts;
use super::section::Section;
use crate::core::codec::yaml::Value;

/// Bytes that a private network of Vultr takes.
const PRIVATE_MTU: u32 = 1450;

/// Reads `/metadata/v1.json` of DigitalOcean. The default route is over the public network.
pub fn digital_ocean(root: Value<'_>, draft: &mut Draft) {
    for kind in ["public", "private"] {
        let all = root.get("interfaces").and_then(|all| all.get(kind));
        for value in all.into_iter().flat_map(Value::items) {
            let Some(mut link) = with_mac(Section { value, id: kind }, draft) else { continue };
            for key in ["ipv4", "ipv6", "anchor_ipv4"] {
                let Some(value) = value.get(key) else { continue };
                let one = Section { value, id: kind };
                let mask = one.text("netmask").or_else(|| one.text("cidr"));
                match one.text("ip_address").and_then(|text| facts::address(text, mask)) {
                    Some(address) => link.link.addresses.push(address),
                    None => draft.out.add(kind, key),
                }
                let gateway = one.text("gateway").and_then(facts::ip);
                if let Some(gateway) = gateway.filter(|_| kind == "public" && key != "anchor_ipv4") {
                    link.link.routes.push(facts::default_route(gateway));
                }
            }
            draft.links.push(link);
        }
    }
    if let Some(value) = root.get("dns") {
        let servers = Section { value, id: "dns" }.servers("nameservers", &mut draft.out);
        draft.nameservers.extend(servers);
    }
}

/// Reads `/v1.json` of Vultr. What the public network is comes by DHCP and from routers, but for further addresses.
pub fn vultr(root: Value<'_>, draft: &mut Draft) {
    let all = root.get("interfaces");
    for (at, value) in all.into_iter().flat_map(Value::items).enumerate() {
        let usual = if at == 0 { "public" } else { "private" };
        let kind = value.get("network-type").and_then(Value::text).unwrap_or(usual);
        let Some(mut link) = with_mac(Section { value, id: kind }, draft) else { continue };
        let is_public = kind == "public";
        link.link.dhcp4 = is_public.then_some(true);
        link.link.slaac = is_public.then_some(true);
        link.link.mtu_bytes = (!is_public).then_some(PRIVATE_MTU);
        for key in ["ipv4", "ipv6"] {
            let Some(value) = value.get(key) else { continue };
            let one = Section { value, id: kind };
            let own = (!is_public && one.text("address").is_some()).then_some(one);
            for address in own.into_iter().chain(one.list("additional").map(|value| Section { value, id: kind })) {
                let mask = address.text("netmask").or_else(|| address.text("prefix"));
                match address.text("address").and_then(|text| facts::address(text, mask)) {
                    Some(address) => link.link.addresses.push(address),
                    None => draft.out.add(kind, key),
                }
            }
        }
        draft.links.push(link);
    }
}

/// The interface of an entry. A second one of a kind has no other id.
fn with_mac(one: Section, draft: &mut Draft) -> Option<DraftLink> {
    let mac = one.text("mac").and_then(facts::mac);
    if mac.is_none() {
        draft.out.add(one.id, "mac");
    }
    mac.map(|mac| DraftLink::with_mac(one.id, mac))
}
