//! The one HTTP client. It runs in a child, asks one thing at a time, and bounds everything: the time to connect, the
//! time of the whole attempt, the size of the answer. It knows no proxy but that of `keel.proxy=`, keeps no connection and follows no redirect.

use super::failure::{Failure, of};
use super::low_port::LowPorts;
use super::proxy::{AtProxy, Proxy, ToProxy};
use super::roots;
use crate::core::calendar::of_http;
use crate::sys::name_lookup::Names;
use crate::sys::timex;
use std::sync::Arc;
use std::time::{Duration, Instant};
use ureq::config::{AutoHeaderValue, Config, ConfigBuilder};
use ureq::http::header::{CONTENT_LENGTH, DATE, LOCATION, RETRY_AFTER};
use ureq::http::{HeaderMap, Request, Response};
use ureq::tls::{ClientCert, PrivateKey, TlsConfig, TlsConfigBuilder};
use ureq::typestate::AgentScope;
use ureq::unversioned::resolver::Resolver;
use ureq::unversioned::transport::{Connector, DefaultConnector, TcpConnector};
use ureq::{Agent, AsSendBody, Body, SendBody};

/// How long a connection may take to stand, TLS included.
const CONNECT: Duration = Duration::from_secs(5);
/// Headers of a response; metadata services send some hundred bytes.
const HEADERS: usize = 16 << 10;

/// Nanoseconds.
const SECOND: i64 = 1_000_000_000;

/// A client with an end: no request goes on beyond it.
pub struct Client {
    agent: Agent,
    until: Instant,
}

/// What to ask for.
pub struct Ask<'a> {
    /// `GET`, `PUT`, `POST` or `PATCH`; the last two have a body.
    pub method: &'a str,
    /// Where.
    pub url: &'a str,
    /// Headers in addition to those of every request.
    pub headers: &'a [(&'a str, &'a str)],
    /// What a POST or a PATCH brings.
    pub body: Option<&'a [u8]>,
    /// Most bytes of the answer.
    pub limit: u64,
}

/// What a server said.
#[derive(Debug)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// `Retry-After` in milliseconds.
    pub retry_after_ms: Option<u64>,
    /// Where a redirect points.
    pub location: Option<String>,
    /// The whole answer, if its status promises one.
    pub body: Vec<u8>,
}

impl Client {
    /// A client that stops at `until`. `ca` replaces the image's certificate authorities; see [`roots::read`].
    pub fn new(until: Instant, https: bool, ca: Option<&str>) -> Result<Self, Failure> {
        Self::by_link(until, https, ca, 0)
    }

    /// The same, with the number of the link that addresses of the link itself are on; 0: of none.
    pub fn by_link(until: Instant, https: bool, ca: Option<&str>, link: u32) -> Result<Self, Failure> {
        let tls = https.then(|| tls(ca)).transpose()?;
        Ok(Self::with(until, tls, Names::of_this_machine().by_link(link), DefaultConnector::new()))
    }

    /// A client that reaches every server through a proxy.
    pub fn through(until: Instant, https: bool, ca: Option<&str>, proxy: &Proxy) -> Result<Self, Failure> {
        let names = Names::of_this_machine();
        if !https {
            let names = AtProxy { names, proxy: proxy.clone() };
            return Ok(Self::with(until, None, names, TcpConnector::default().chain(ToProxy)));
        }
        let config = Self::config(Some(tls(ca)?)).proxy(Some(proxy.connecting()?));
        Ok(Self { agent: Agent::with_parts(config.build(), DefaultConnector::new(), names), until })
    }

    /// A client for https that takes any certificate: only to ask what is public and proves nothing.
    pub fn unverified(until: Instant) -> Self {
        let tls = builder().disable_verification(true).build();
        Self::with(until, Some(tls), Names::of_this_machine(), DefaultConnector::new())
    }

    /// A client for http whose connections come from ports below 1024.
    pub fn from_low_ports(until: Instant, ports: LowPorts) -> Self {
        Self::with(until, None, Names::of_this_machine(), ports)
    }

    /// A client that reaches the addresses that are on the link of this number.
    pub fn on_link(until: Instant, index: u32) -> Self {
        Self::with(until, None, Names::on_link(index), DefaultConnector::new())
    }

    /// A client that trusts the CA of a cluster alone, and shows it the certificate of a node. All PEM; the key is with the
    /// certificate.
    pub fn of_node(until: Instant, ca: &[u8], identity: &[u8]) -> Result<Self, Failure> {
        let key = PrivateKey::from_pem(identity).map_err(|_| Failure::untrusted("the node has no key"))?;
        let shown = ClientCert::new_with_certs(&roots::certificates(identity), key);
        let tls = builder().root_certs(roots::certificates(ca).into()).client_cert(Some(shown)).build();
        Ok(Self::with(until, Some(tls), Names::of_this_machine(), DefaultConnector::new()))
    }

    /// A client for http that asks these name servers.
    #[cfg(test)]
    pub fn with_name_servers(until: Instant, servers: &[std::net::SocketAddr]) -> Self {
        Self::with(until, None, Names::asking(servers), DefaultConnector::new())
    }

    fn with(until: Instant, tls: Option<TlsConfig>, names: impl Resolver, connector: impl Connector) -> Self {
        Self { agent: Agent::with_parts(Self::config(tls).build(), connector, names), until }
    }

    fn config(tls: Option<TlsConfig>) -> ConfigBuilder<AgentScope> {
        let config = Config::builder()
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT))
            .timeout_resolve(Some(CONNECT))
            .max_response_header_size(HEADERS)
            .max_idle_connections(0)
            // The stored bytes are wanted, not what a server would make of them.
            .accept_encoding(AutoHeaderValue::Provided(Arc::new("identity".into())))
            .accept(AutoHeaderValue::Provided(Arc::new("*/*".into())))
            .user_agent(AutoHeaderValue::Provided(Arc::new(concat!("keel-init/", env!("CARGO_PKG_VERSION")).into())));
        match tls {
            Some(tls) => config.tls_config(tls),
            None => config,
        }
    }

    /// Asks once.
    pub fn ask(&self, ask: &Ask) -> Result<HttpResponse, Failure> {
        let mut response = self.begin(ask)?;
        let status = response.status().as_u16();
        let headers = response.headers();
        let (retry_after_ms, location) = (retry_after(headers), text(headers, LOCATION.as_str()));
        let body = if (200..300).contains(&status) { read(response.body_mut(), ask.limit)? } else { Vec::new() };
        Ok(HttpResponse { status, retry_after_ms, location, body })
    }

    /// Asks once, and reads no more of the answer than its status.
    pub fn status(&self, ask: &Ask) -> Result<u16, Failure> {
        self.begin(ask).map(|response| response.status().as_u16())
    }

    fn begin(&self, ask: &Ask) -> Result<Response<Body>, Failure> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Failure::unreachable("no complete answer in the time of one attempt"));
        }
        let mut request = Request::builder().method(ask.method).uri(ask.url);
        for (name, value) in ask.headers {
            request = request.header(*name, *value);
        }
        // A PUT says that it brings nothing; without the length AWS answers 411.
        if ask.method == "PUT" {
            request = request.header(CONTENT_LENGTH, "0");
        }
        match ask.body {
            Some(body) => self.run(request.body(body), left),
            None => self.run(request.body(SendBody::none()), left),
        }
    }

    fn run(
        &self,
        request: ureq::http::Result<Request<impl AsSendBody>>,
        left: Duration,
    ) -> Result<Response<Body>, Failure> {
        let request = request.map_err(|e| Failure::refused(format!("no valid request: {e}")))?;
        let request = self.agent.configure_request(request).timeout_global(Some(left)).build();
        self.agent.run(request).map_err(|e| of(&e))
    }
}

fn tls(ca: Option<&str>) -> Result<TlsConfig, Failure> {
    Ok(builder().root_certs(roots::read(ca)?).build())
}

fn builder() -> TlsConfigBuilder {
    TlsConfig::builder().unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
}

fn read(body: &mut Body, limit: u64) -> Result<Vec<u8>, Failure> {
    let too_large = || Failure::too_large(format!("the answer has more than {} KiB", limit >> 10));
    if body.content_length().is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    match body.with_config().limit(limit).read_to_vec() {
        Err(ureq::Error::BodyExceedsLimit(_)) => Err(too_large()),
        read => read.map_err(|e| of(&e)),
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// Seconds, or a date. A date counts from the server's own, because the clock of this machine may be wrong still; one
/// that is past means at once.
fn retry_after(headers: &HeaderMap) -> Option<u64> {
    let value = text(headers, RETRY_AFTER.as_str())?;
    let seconds = value.trim().parse::<u64>().ok().or_else(|| {
        let now = text(headers, DATE.as_str()).and_then(|date| of_http(&date)).unwrap_or_else(|| timex::now() / SECOND);
        Some(u64::try_from(of_http(&value)?.saturating_sub(now)).unwrap_or(0))
    })?;
    Some(seconds.saturating_mul(1000))
}
