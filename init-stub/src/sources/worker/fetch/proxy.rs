//! A proxy of HTTP in front of a server: plain requests name the whole address, and for https the proxy connects the two (CONNECT).

use super::failure::Failure;
use crate::core::bytes::put;
use crate::core::codec::percent;
use crate::sys::name_lookup::Names;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

/// The proxy that `keel.proxy=` names.
#[derive(Debug, Clone)]
pub struct Proxy {
    uri: Uri,
}

impl Proxy {
    /// Reads `http://user:password@host:port`; the user may be left out.
    pub fn read(text: &str) -> Result<Self, Failure> {
        let uri: Uri = text.parse().map_err(|_| Failure::misspelled("keel.proxy= is not a URL"))?;
        Ok(Self { uri })
    }

    /// As the HTTP client knows it.
    pub fn connecting(&self) -> Result<ureq::Proxy, Failure> {
        ureq::Proxy::new(&self.uri.to_string()).map_err(|_| Failure::misspelled("keel.proxy= is not a URL of a proxy"))
    }

    /// The value of `Proxy-Authorization`; None: the proxy has no user.
    pub fn authorization(&self) -> Option<String> {
        let (user, _) = self.uri.authority()?.as_str().rsplit_once('@')?;
        // RFC 7617 has the colon also without a password.
        let colon = if user.contains(':') { "" } else { ":" };
        Some(format!("Basic {}", STANDARD.encode(percent::decode(&format!("{user}{colon}")))))
    }
}

/// Name look-ups of a machine for which every server is at the proxy.
#[derive(Debug)]
pub struct AtProxy {
    /// Those of the machine.
    pub names: Names,
    /// The proxy.
    pub proxy: Proxy,
}

impl Resolver for AtProxy {
    fn resolve(&self, _: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        self.names.resolve(&self.proxy.uri, config, timeout)
    }
}

/// Makes of a connection one to a proxy for plain HTTP; what the resolver gave was the proxy's address.
#[derive(Debug, Default)]
pub struct ToProxy;

impl<In: Transport> Connector<In> for ToProxy {
    type Out = AbsoluteForm<In>;

    fn connect(&self, details: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        // A user of the server has a header; the name in the address would be in the proxy's log.
        let host = details.uri.authority().map(|target| target.as_str().rsplit('@').next().unwrap_or_default());
        let prefix = host.map(|host| format!("http://{host}"));
        Ok(chained.map(|inner| AbsoluteForm { inner, prefix }))
    }
}

/// A connection whose request line has the whole address (RFC 9112, absolute-form).
#[derive(Debug)]
pub struct AbsoluteForm<T> {
    inner: T,
    prefix: Option<String>,
}

impl<T: Transport> Transport for AbsoluteForm<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let added = match self.prefix.take() {
            Some(prefix) => insert(self.inner.buffers().output(), amount, prefix.as_bytes()).ok_or_else(too_long)?,
            None => 0,
        };
        self.inner.transmit_output(amount + added, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.inner.await_input(timeout)
    }

    /// No connection is used twice.
    fn is_open(&mut self) -> bool {
        false
    }
}

fn too_long() -> Error {
    Error::Io(std::io::Error::other("the request is too long for a proxy"))
}

/// Puts bytes behind the method of a request; their number, or None where they have no room.
fn insert(output: &mut [u8], amount: usize, bytes: &[u8]) -> Option<usize> {
    let at = output.get(..amount)?.iter().position(|byte| *byte == b' ')? + 1;
    let request = output.get(at..amount)?.to_vec();
    output.get(amount..amount + bytes.len())?;
    put(output, at, bytes);
    put(output, at + bytes.len(), &request);
    Some(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_request_gets_the_whole_address() {
        let mut output = *b"GET /a HTTP/1.1\r\n\r\n............";
        assert_eq!(insert(&mut output, 19, b"http://h:8"), Some(10));
        assert_eq!(&output[..29], b"GET http://h:8/a HTTP/1.1\r\n\r\n");
        assert_eq!(insert(&mut output, 29, b"http://h:8"), None, "there is no room");
    }

    #[test]
    fn a_user_of_the_proxy_is_sent_as_basic_authentication() {
        let of = |text: &str| Proxy::read(text).ok().unwrap().authorization();
        assert_eq!(of("http://keel:a%40b@192.0.2.1:3128").as_deref(), Some("Basic a2VlbDphQGI="));
        assert_eq!(of("http://keel@192.0.2.1:3128").as_deref(), Some("Basic a2VlbDo="));
        assert_eq!(of("http://192.0.2.1:3128"), None);
    }
}
