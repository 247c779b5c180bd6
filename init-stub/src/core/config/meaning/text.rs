//! Forms of short texts.

/// The longest host name that the kernel takes.
const LONGEST_HOST_NAME: usize = 64;
const LONGEST_DOMAIN: usize = 253;
const LONGEST_LABEL: usize = 63;

/// Whether a machine can be called so, also as a node of a cluster: labels of letters, digits and inner hyphens, no
/// address, and no name that means every machine.
pub fn is_host_name(name: &str) -> bool {
    let first = name.split('.').next().unwrap_or_default();
    name.len() <= LONGEST_HOST_NAME
        && name.split('.').all(is_label)
        && name.parse::<std::net::Ipv4Addr>().is_err()
        && !first.eq_ignore_ascii_case("localhost")
}

fn is_label(label: &str) -> bool {
    (1..=LONGEST_LABEL).contains(&label.len())
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// Whether a server can be called so: a name of any length that DNS has, or an IPv4 address.
pub fn is_server(text: &str) -> bool {
    if text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return text.parse::<std::net::Ipv4Addr>().is_ok();
    }
    text.len() <= LONGEST_DOMAIN && text.split('.').all(is_label)
}

/// Whether an NTP server can be called so: a server, or an IPv6 address without brackets.
pub fn is_time_server(text: &str) -> bool {
    is_server(text) || text.parse::<std::net::Ipv6Addr>().is_ok()
}

/// Whether a Node object can be called so: like a machine, in lower case, and as long as a domain may be.
pub fn is_node_name(name: &str) -> bool {
    let first = name.split('.').next().unwrap_or_default();
    name.len() <= LONGEST_DOMAIN
        && name.split('.').all(is_label)
        && !name.bytes().any(|b| b.is_ascii_uppercase())
        && name.parse::<std::net::Ipv4Addr>().is_err()
        && first != "localhost"
}

/// The name of a Kubernetes label or the key of a taint: an optional domain with a slash, then a word. The domain may be
/// digits and dots: it is never looked up.
pub fn is_qualified_name(name: &str) -> bool {
    let (prefix, word) = name.split_once('/').map_or((None, name), |(prefix, word)| (Some(prefix), word));
    let is_prefix = |prefix: &str| {
        prefix.len() <= LONGEST_DOMAIN
            && prefix.split('.').all(is_label)
            && !prefix.bytes().any(|b| b.is_ascii_uppercase())
    };
    !word.is_empty() && is_label_value(word) && prefix.is_none_or(is_prefix)
}

/// The value of a Kubernetes label or taint: empty, or a word that begins and ends with a letter or a digit.
pub fn is_label_value(value: &str) -> bool {
    let is_outer = |b: Option<u8>| b.is_none_or(|b| b.is_ascii_alphanumeric());
    value.len() <= LONGEST_LABEL
        && value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        && is_outer(value.bytes().next())
        && is_outer(value.bytes().last())
}

/// A bootstrap token: six characters, a dot and sixteen.
pub fn is_token(token: &str) -> bool {
    let is_part =
        |part: &str, length| part.len() == length && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    token.split_once('.').is_some_and(|(id, secret)| is_part(id, 6) && is_part(secret, 16))
}

/// The hash of a CA certificate's public key.
pub fn is_ca_hash(text: &str) -> bool {
    let is_digit = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
    text.strip_prefix("sha256:").is_some_and(|hash| hash.len() == 64 && hash.bytes().all(is_digit))
}

/// A host and a port: `cp.example.org:6443`.
pub fn is_endpoint(text: &str) -> bool {
    let is_port = |port: &str| {
        let is_plain = port.bytes().all(|b| b.is_ascii_digit()) && !port.starts_with('0');
        is_plain && port.parse::<u16>().is_ok()
    };
    text.rsplit_once(':').is_some_and(|(host, port)| is_url_host(host) && is_port(port))
}

/// A host before a port or in a URL: an address of IPv6 has brackets there.
fn is_url_host(text: &str) -> bool {
    let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    inner.map_or_else(|| is_server(text), |address| address.parse::<std::net::Ipv6Addr>().is_ok())
}

/// An address of the web that a GET can go to: http or https, a host, perhaps a port, a path and a query.
pub fn is_web_address(url: &str) -> bool {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    let is_sent = |byte: u8| byte.is_ascii_graphic() && byte != b'#';
    rest.is_some_and(|rest| {
        let host = rest.split('/').next().unwrap_or_default();
        rest.bytes().all(is_sent) && (is_url_host(host) || is_endpoint(host))
    })
}

/// The URL of a proxy: `http://proxy.example.org:3128`, with the port or without.
pub fn is_proxy(url: &str) -> bool {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    rest.is_some_and(|host| is_url_host(host) || is_endpoint(host))
}

/// A version of Kubernetes or a minor of it: `1.37.2`, `1.37`.
pub fn is_version(text: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    matches!(text.split('.').count(), 2 | 3) && text.split('.').all(is_number)
}

/// Whether an option of DHCP can have the text, and a console can show it.
pub fn is_vendor_class(text: &str) -> bool {
    const LONGEST: usize = 255;
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Whether a text is a JSON object.
pub fn is_json_object(text: &str) -> bool {
    serde_json::from_slice::<serde_json::Value>(text.as_bytes()).is_ok_and(|value| value.is_object())
}

/// Whether a text holds what no terminal shows.
pub fn has_control(text: &str) -> bool {
    text.chars().any(char::is_control)
}
