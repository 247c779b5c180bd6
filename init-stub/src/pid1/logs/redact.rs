//! Takes secrets out of a line of text, so that it may leave the node.

/// A value that follows one of these words is dropped.
const WORDS: [&str; 8] =
    ["token", "password", "passwd", "secret", "key-data", "bearer", "authorization", "private-key"];

/// The line with every such value, and everything that looks like a secret of a cluster, replaced by `***`.
pub fn line(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut clean = String::with_capacity(text.len());
    let mut at = 0;
    while let Some((start, end)) = next_value(&lower, at) {
        clean.push_str(text.get(at..start).unwrap_or_default());
        clean.push_str("***");
        at = end;
    }
    clean.push_str(text.get(at..).unwrap_or_default());
    without_users(&without_shapes(&clean))
}

/// The values that follow the words in a text of many lines. None goes on in the next line.
pub fn values(text: &str) -> Vec<String> {
    let lower = text.to_ascii_lowercase();
    let mut found = Vec::new();
    for (line, lower) in text.lines().zip(lower.lines()) {
        let mut at = 0;
        while let Some((start, end)) = next_value(lower, at) {
            found.extend(line.get(start..end).map(str::to_owned));
            at = end;
        }
    }
    found
}

/// Where the next value starts and ends.
fn next_value(lower: &str, mut from: usize) -> Option<(usize, usize)> {
    loop {
        let word_at = |at: usize| Some((at, WORDS.iter().find(|word| starts(lower, at, word))?));
        let (at, word) = (from..lower.len()).find_map(word_at)?;
        let after = at + word.len();
        let is_flag = lower.get(..at)?.ends_with("--") || matches!(*word, "bearer" | "authorization");
        match value_after(lower.get(after..)?, is_flag) {
            Ok((start, end)) if is_message(word, lower.get(after + start..after + end)) => from = after + end,
            Ok((start, end)) => return Some((after + start, after + end)),
            Err(skipped) => from = after + skipped,
        }
    }
}

/// "authorization failed", "failed to fetch anonymous token: unexpected status": how containerd describes the answer of a registry.
fn is_message(word: &str, value: Option<&str>) -> bool {
    matches!(word, "token" | "authorization")
        && matches!(value, Some("failed" | "failed:" | "server" | "unexpected" | "get" | "post"))
}

fn starts(text: &str, at: usize, word: &str) -> bool {
    text.as_bytes().get(at..).is_some_and(|rest| rest.starts_with(word.as_bytes()))
}

/// The value behind a word; without one, how much of the text says nothing.
fn value_after(tail: &str, is_flag: bool) -> Result<(usize, usize), usize> {
    let separator = |c: char| matches!(c, ' ' | '=' | ':' | '"' | '\'' | '\\' | '\t');
    let gap = tail.find(|c| !separator(c)).unwrap_or(tail.len());
    let (separators, rest) = tail.split_at_checked(gap).unwrap_or((tail, ""));
    // In "tokens" or "the token is" the word has no value; "--token x" and "Bearer x" have one after a space.
    let is_plain = separators.trim_matches([' ', '\t']).is_empty();
    if gap == 0 || (is_plain && !is_flag) {
        return Err(0);
    }
    let length = rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '}')).unwrap_or(rest.len());
    let value = rest.get(..length).unwrap_or_default();
    // "Authorization: Bearer x": the scheme is not a secret, what follows is.
    if value.is_empty() || WORDS.contains(&value) { Err(gap) } else { Ok((gap, gap + length)) }
}

/// Replaces user and password of every URL.
fn without_users(text: &str) -> String {
    let mut parts = text.split("://");
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| c.is_whitespace() || matches!(c, '/' | '"')).unwrap_or(part.len());
        let at = part.get(..end).and_then(|authority| authority.rfind('@'));
        clean.push_str(if at.is_some() { "://***" } else { "://" });
        clean.push_str(part.get(at.unwrap_or(0)..).unwrap_or_default());
    }
    clean
}

/// Replaces what looks like a secret wherever it stands.
fn without_shapes(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | ':');
    let mut clean = String::with_capacity(text.len());
    for piece in text.split_inclusive(|c| !is_part(c)) {
        let word = piece.trim_end_matches(|c| !is_part(c)).trim_end_matches(['.', ':', '-']);
        if is_secret(word) {
            clean.push_str("***");
            clean.push_str(piece.get(word.len()..).unwrap_or_default());
        } else {
            clean.push_str(piece);
        }
    }
    clean
}

/// A bootstrap token, the key of a cluster's certificates, or a signed token. The digest of a CA is none of them.
fn is_secret(word: &str) -> bool {
    let of =
        |text: &str, length: usize, fits: fn(&u8) -> bool| text.len() == length && text.as_bytes().iter().all(fits);
    let is_lower = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_bootstrap = word.split_once('.').is_some_and(|(id, secret)| of(id, 6, is_lower) && of(secret, 16, is_lower));
    let is_signed = word.starts_with("eyJ") && word.len() > 40 && word.matches('.').count() == 2;
    is_bootstrap || is_signed || of(word, 64, u8::is_ascii_hexdigit)
}

#[cfg(test)]
mod tests {
    use super::{line, values};

    #[test]
    fn values_after_telling_words_are_dropped() {
        assert_eq!(line("token=abc123 next"), "token=*** next");
        assert_eq!(line(r#"{"password": "hunter2", "a": 1}"#), r#"{"password": "***", "a": 1}"#);
        assert_eq!(line("Authorization: Bearer eyJ0 done"), "Authorization: Bearer *** done");
        assert_eq!(line("client-key-data: LS0t"), "client-key-data: ***");
        assert_eq!(line("kubeadm join --token xyz cp:6443"), "kubeadm join --token *** cp:6443");
    }

    #[test]
    fn the_user_of_an_address_is_dropped() {
        let shown = line("proxyconnect: http://keel:p%40ss@proxy.lab:3128/a and https://t@b \"http://c\"");
        assert_eq!(shown, "proxyconnect: http://***@proxy.lab:3128/a and https://***@b \"http://c\"");
    }

    #[test]
    fn other_text_stays() {
        for text in [
            "tokenreviews are off; größe",
            "no such file",
            "may require authorization: server message: insufficient_scope: authorization failed",
            "failed to fetch anonymous token: unexpected status from GET request to https://auth.lab/token?service=a: 401 Unauthorized",
            "failed to fetch oauth token: Post \"https://auth.lab/\": EOF; see https://a.lab/b@c",
            "could not find a JWS signature in the cluster-info ConfigMap for token ID \"abcdef\"",
            "is pinned: sha256:3e4bcbe325a88414d64350a8ce28f49180be278f2f35c62b4814bca91754e2c8",
        ] {
            assert_eq!(line(text), text);
        }
    }

    #[test]
    fn what_looks_like_a_secret_of_a_cluster_is_dropped_wherever_it_stands() {
        assert_eq!(line("using abcdef.0123456789abcdef."), "using ***.");
        assert_eq!(line("(\"abcdef.0123456789abcdef\")"), "(\"***\")");
        assert_eq!(line(&format!("certificate key {}", "9f".repeat(32))), "certificate key ***");
        assert_eq!(line(&format!("sent eyJhbGciOiJSUzI1NiJ9.{}.x_y-z", "a".repeat(30))), "sent ***");
    }

    #[test]
    fn the_values_of_a_text_are_found_line_by_line() {
        assert_eq!(values("a: b\ntoken: one\nclient-key-data: two\n"), ["one", "two"]);
    }

    #[test]
    fn a_long_line_of_nothing_but_telling_words_does_not_panic() {
        assert!(values(&"token".repeat(200_000)).is_empty());
    }
}
