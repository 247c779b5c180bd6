//! What went wrong between this machine and a server, as a code, a cause as text, and whether a retry may succeed.

use crate::core::calendar::date;
use crate::core::error::Code;
use std::io::ErrorKind;
use std::time::SystemTime;
use ureq::{Error, Timeout};

/// Why there is no document.
#[derive(Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind of failure.
    pub code: Code,
    /// Whether asking again may help.
    pub retry: bool,
    /// The server's own wish for when.
    pub after_ms: Option<u64>,
    /// The cause as text; never what a server sent.
    pub detail: String,
}

impl Failure {
    /// Nothing usable came back.
    pub fn unreachable(detail: impl Into<String>) -> Self {
        Self { code: Code::SourceUnreachable, retry: true, after_ms: None, detail: detail.into() }
    }

    /// The server answered, and asking again would bring the same.
    pub fn refused(detail: impl Into<String>) -> Self {
        Self { code: Code::SourceRefused, retry: false, after_ms: None, detail: detail.into() }
    }

    /// The server answered that it cannot answer now.
    pub fn busy(detail: impl Into<String>, after_ms: Option<u64>) -> Self {
        Self { code: Code::SourceRefused, retry: true, after_ms, detail: detail.into() }
    }

    /// The kernel command line says something that cannot be done.
    pub fn misspelled(detail: impl Into<String>) -> Self {
        Self { code: Code::CmdlineInvalid, retry: false, after_ms: None, detail: detail.into() }
    }

    /// The answer is too large.
    pub fn too_large(detail: String) -> Self {
        Self { code: Code::ConfigTooLarge, retry: false, after_ms: None, detail }
    }

    /// The answer is not what its kind demands.
    pub fn unreadable(detail: impl Into<String>) -> Self {
        Self { code: Code::ConfigUnreadable, retry: false, after_ms: None, detail: detail.into() }
    }

    /// The child could not give up what it must not have while it reads what a server sends.
    pub fn unconfined(cause: &std::io::Error) -> Self {
        Self { code: Code::KernelRefused, retry: false, after_ms: None, detail: of_io(cause) }
    }

    /// No trusted connection. Retried: the certificate is fixed on the server and the clock by the network, both
    /// without a hand at this machine.
    pub fn untrusted(detail: impl Into<String>) -> Self {
        Self { code: Code::TlsRefused, retry: true, after_ms: None, detail: detail.into() }
    }
}

/// Classifies what the client says.
pub fn of(error: &Error) -> Failure {
    match error {
        Error::Io(e) => match e.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(tls) => of_tls(tls),
            None => Failure::unreachable(of_io(e)),
        },
        Error::Rustls(e) => of_tls(e),
        Error::Tls(_) => Failure::untrusted("the name in the address is none that a certificate can have"),
        Error::Timeout(which) => Failure::unreachable(of_timeout(*which)),
        Error::HostNotFound => Failure::unreachable("the name servers do not know this name"),
        Error::ConnectionFailed => Failure::unreachable("no connection"),
        Error::BadUri(_) | Error::Http(_) => Failure::misspelled("this is not a valid http or https address"),
        Error::ConnectProxyFailed(_) => Failure::unreachable("the proxy does not connect to the server"),
        Error::LargeResponseHeader(..) => Failure::refused("the headers of the answer are too large"),
        _ => Failure::unreachable("the response is not valid HTTP"),
    }
}

/// An error of the kernel, in its words.
pub fn of_io(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::UnexpectedEof => "the answer is truncated".into(),
        ErrorKind::TimedOut | ErrorKind::WouldBlock => "timeout".into(),
        // The kernel's words, without the number that std adds.
        _ => error.raw_os_error().map_or_else(
            || error.to_string(),
            |errno| {
                let text = std::io::Error::from_raw_os_error(errno).to_string();
                text.split(" (os error").next().unwrap_or_default().to_lowercase()
            },
        ),
    }
}

fn of_timeout(which: Timeout) -> &'static str {
    match which {
        Timeout::Resolve => "the name servers did not answer in time",
        Timeout::Connect => "no connection within 5 s",
        _ => "no complete answer in the time of one attempt",
    }
}

fn of_tls(error: &rustls::Error) -> Failure {
    use rustls::{CertificateError as Cert, Error as Tls};
    Failure::untrusted(match error {
        Tls::InvalidCertificate(Cert::NotValidYet | Cert::NotValidYetContext { .. }) => {
            format!("the certificate is not valid yet; {}", clock())
        }
        Tls::InvalidCertificate(Cert::Expired | Cert::ExpiredContext { .. }) => {
            format!("the certificate has expired; {}", clock())
        }
        // The second is that of an authority made again under its old name.
        Tls::InvalidCertificate(Cert::UnknownIssuer | Cert::BadSignature) => {
            "no trusted authority has issued the certificate".into()
        }
        Tls::InvalidCertificate(Cert::NotValidForName | Cert::NotValidForNameContext { .. }) => {
            "the certificate is for another name".into()
        }
        // What openssl req -x509 makes for a quick test.
        Tls::InvalidCertificate(Cert::Other(other)) if other.to_string().contains("CaUsedAsEndEntity") => {
            "the server shows the certificate of an authority; make it one of its own, issued by that authority".into()
        }
        Tls::InvalidCertificate(other) => format!("the certificate is not acceptable ({other:?})"),
        Tls::AlertReceived(alert) => format!("the server ended the handshake ({alert:?})"),
        Tls::InvalidMessage(_) => "the server does not speak TLS on this port".into(),
        _ => "no TLS connection could be agreed on".into(),
    })
}

/// A wrong clock is the likeliest reason for a certificate out of its time.
fn clock() -> String {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    format!("the machine's clock says {}: is it right?", date(since))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_that_does_not_connect_is_named_without_what_it_says() {
        let failure = of(&Error::ConnectProxyFailed("407 <b>".into()));
        assert_eq!((failure.retry, failure.detail.as_str()), (true, "the proxy does not connect to the server"));
    }

    #[test]
    fn a_certificate_out_of_its_time_names_the_clock() {
        let failure = of_tls(&rustls::Error::InvalidCertificate(rustls::CertificateError::Expired));
        assert_eq!((failure.code, failure.retry), (Code::TlsRefused, true));
        assert!(failure.detail.contains("clock says 2"), "{}", failure.detail);
    }
}
