//! Takes secrets out of a line of text, so that it may leave the node.

/// A value that follows one of these words is dropped, whatever separates the two.
const WORDS: [&str; 8] =
    ["token", "password", "passwd", "secret", "key-data", "bearer", "authorization", "private-key"];

/// The line with every such value replaced by `***`.
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
    clean
}

/// Where the next value starts and ends.
fn next_value(lower: &str, from: usize) -> Option<(usize, usize)> {
    let rest = lower.get(from..)?;
    let (word_at, word) = WORDS.iter().filter_map(|word| Some((rest.find(word)?, word))).min_by_key(|(at, _)| *at)?;
    let after = from + word_at + word.len();
    let tail = lower.get(after..)?;
    let separator = |c: char| matches!(c, ' ' | '=' | ':' | '"' | '\'' | '\\' | '\t');
    let gap = tail.find(|c| !separator(c)).unwrap_or(tail.len());
    // "tokens" or "tokenreview" is a word of its own and has no value.
    if gap == 0 {
        return next_value(lower, after);
    }
    let start = after + gap;
    let value = lower.get(start..)?;
    let length = value.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '}')).unwrap_or(value.len());
    // "Authorization: Bearer x": the scheme is no secret, what follows is.
    if WORDS.contains(&value.get(..length)?) {
        return next_value(lower, start);
    }
    (length > 0).then_some((start, start + length))
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn values_after_telling_words_are_dropped() {
        assert_eq!(line("token=abc123 next"), "token=*** next");
        assert_eq!(line(r#"{"password": "hunter2", "a": 1}"#), r#"{"password": "***", "a": 1}"#);
        assert_eq!(line("Authorization: Bearer eyJ0 done"), "Authorization: Bearer *** done");
        assert_eq!(line("client-key-data: LS0t"), "client-key-data: ***");
    }

    #[test]
    fn other_text_stays() {
        assert_eq!(line("tokenreviews are off; größe"), "tokenreviews are off; größe");
        assert_eq!(line("no such file"), "no such file");
    }
}
