//! UDP sockets that talk to one server, and what the kernel says about the way there.

use crate::core::scoped::ScopedAddress;
use rustix::net::netdevice::name_to_index;
use std::io::{Error, ErrorKind, Result};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6, UdpSocket};

/// A socket that sends to this server, and takes packets of this server only. Nothing is sent yet.
pub fn connected(server: SocketAddr) -> Result<UdpSocket> {
    let any: IpAddr = if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0))?;
    socket.connect(server)?;
    Ok(socket)
}

/// The address from which this machine would speak to another one; None: no route leads there. Nothing is sent.
pub fn source_for(address: IpAddr) -> Option<IpAddr> {
    // Any port: it is part of no route.
    let socket = connected(SocketAddr::new(address, 9)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// The address with a port. `NotFound`: the machine has no interface of this name.
pub fn socket_address(to: &ScopedAddress, port: u16) -> Result<SocketAddr> {
    match (to.address, &to.interface) {
        (IpAddr::V6(ip), Some(interface)) => Ok(SocketAddrV6::new(ip, port, 0, index_of(interface)?).into()),
        (address, _) => Ok(SocketAddr::new(address, port)),
    }
}

/// The number of an interface, of which the name or the number itself is known. `NotFound`: the machine has none of this name.
pub fn index_of(interface: &str) -> Result<u32> {
    match interface.parse() {
        Ok(index) => Ok(index),
        Err(_) => name_to_index(UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?, interface)
            .map_err(|_| Error::new(ErrorKind::NotFound, format!("this machine has no interface {interface}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_the_link_itself_gets_the_number_of_the_link() {
        let of = |text: &str| socket_address(&text.parse().unwrap(), 53);
        assert_eq!(of("192.0.2.1").unwrap(), "192.0.2.1:53".parse().unwrap());
        assert_eq!(of("2001:db8::1").unwrap(), "[2001:db8::1]:53".parse().unwrap());
        assert_eq!(of("fe80::1%lo").unwrap(), "[fe80::1%1]:53".parse().unwrap());
        assert_eq!(of("fe80::1%7").unwrap(), "[fe80::1%7]:53".parse().unwrap());
        let error = of("fe80::1%none0").unwrap_err();
        assert_eq!(
            (error.kind(), error.to_string().as_str()),
            (ErrorKind::NotFound, "this machine has no interface none0")
        );
    }

    #[test]
    fn the_kernel_tells_from_which_address_it_speaks() {
        for own in ["127.0.0.1", "::1"] {
            let own = own.parse().unwrap();
            assert_eq!(source_for(own), Some(own));
        }
        assert_eq!(source_for("fe80::1".parse().unwrap()), None, "without the link there is no way");
    }
}
