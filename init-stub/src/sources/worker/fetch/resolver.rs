//! Names of addresses, for the HTTP client.

use crate::sys::name_lookup::{LookUpError, Names};
use std::net::{IpAddr, SocketAddr, SocketAddrV6};
use std::time::{Duration, Instant};
use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

impl Resolver for Names {
    fn resolve(&self, uri: &Uri, _: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let host = uri.host().unwrap_or_default();
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let addresses: Vec<IpAddr> = match bare.parse() {
            Ok(ip) => vec![ip],
            Err(_) => {
                let until = Instant::now() + Duration::from_secs(5).min(*timeout.after);
                self.look_up(bare.trim_end_matches('.'), until).map_err(error_of)?
            }
        };
        let mut found = self.empty();
        for address in addresses.into_iter().take(16) {
            found.push(match address {
                IpAddr::V6(ip) if ip.is_unicast_link_local() => SocketAddrV6::new(ip, port, 0, self.link).into(),
                address => SocketAddr::new(address, port),
            });
        }
        Ok(found)
    }
}

fn error_of(error: LookUpError) -> Error {
    match error {
        LookUpError::NotFound => Error::HostNotFound,
        LookUpError::Timeout => Error::Timeout(ureq::Timeout::Resolve),
        LookUpError::NoServer => Error::Io(std::io::Error::other(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_the_link_itself_is_on_the_link_that_was_named_and_others_are_on_none() {
        let on = |address: &str| {
            let uri: Uri = format!("http://{address}/").parse().unwrap();
            let after = Duration::from_secs(1).into();
            let timeout = NextTimeout { after, reason: ureq::Timeout::Resolve, per_read: None, per_write: None };
            match Names::on_link(7).resolve(&uri, &Config::default(), timeout).unwrap()[0] {
                SocketAddr::V6(address) => address.scope_id(),
                SocketAddr::V4(_) => 0,
            }
        };
        assert_eq!((on("[fe80::a9fe:a9fe]"), on("[fd00:ec2::254]"), on("169.254.169.254")), (7, 0, 0));
    }
}
