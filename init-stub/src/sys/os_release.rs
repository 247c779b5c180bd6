//! /etc/os-release: what the image says about itself.

const PATH: &str = "/etc/os-release";

/// The value of a key; None: the image does not have it.
pub fn value(key: &str) -> Option<String> {
    of(&std::fs::read_to_string(PATH).ok()?, key)
}

fn of(text: &str, key: &str) -> Option<String> {
    let value = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))?;
    Some(value.trim_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn a_value_is_what_stands_between_the_quotes_of_its_own_key() {
        let text = "ID=keel\nMY_IMAGE_VERSION=\"0\"\nIMAGE_VERSION=\"2026.12.1\"\n";
        assert_eq!(of(text, "IMAGE_VERSION").as_deref(), Some("2026.12.1"));
        assert_eq!(of(text, "ID").as_deref(), Some("keel"));
        assert_eq!(of(text, "VERSION"), None);
    }
}
