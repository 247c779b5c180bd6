//! What programs in Go have in common: the words of their network library, and how they quote a text.

/// A write for which the filesystem has no room.
pub const NO_SPACE: &str = "no space left on device";

/// Nobody answers at an address, or not to the end.
pub const UNREACHABLE: [&str; 12] = [
    "connection refused",
    "connection reset by peer",
    "no route to host",
    "network is unreachable",
    "no such host",
    "i/o timeout",
    "TLS handshake timeout",
    "Client.Timeout exceeded",
    "timeout awaiting response headers",
    "context deadline exceeded",
    "server misbehaving",
    "EOF",
];

/// A text in quotes, as [`unquote`] and a shell read it. It has no control characters.
pub fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The inside of a string as Go's `%q` writes it.
pub fn unquote(quoted: &str) -> Option<String> {
    let mut text = String::with_capacity(quoted.len());
    let mut rest = quoted.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        text.push(match rest.next()? {
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            'x' => code(&mut rest, 2)?,
            'u' => code(&mut rest, 4)?,
            'U' => code(&mut rest, 8)?,
            c @ ('\\' | '"') => c,
            _ => return None,
        });
    }
    Some(text)
}

fn code(rest: &mut std::str::Chars, digits: usize) -> Option<char> {
    let mut value = 0;
    for _ in 0..digits {
        value = value * 16 + rest.next()?.to_digit(16)?;
    }
    char::from_u32(value)
}
