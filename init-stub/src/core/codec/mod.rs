//! Protocols and formats: bytes in, values out, and back. Whatever the bytes are, nothing panics.

pub mod arp;
pub mod dbus;
pub mod dhcp;
pub mod dhcp6;
pub mod dns;
pub mod domains;
pub mod dracut;
pub mod packed;
pub mod percent;
pub mod router;
pub mod sntp;
pub mod xml;
pub mod yaml;
