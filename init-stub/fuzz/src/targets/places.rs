//! Where a machine config is looked for: the command line, the firmware, addresses.

use keel_init::parsers::{device, endpoint_in, every_value, expand, join, last_value, shown, straight, strings_of};

/// The kernel command line.
pub fn command_line(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for name in ["keel.config.inline=", "keel.config.url=", "keel.config.device=", "keel.platform="] {
        if let Some(value) = last_value(&text, name) {
            assert!(text.replace('"', "").contains(&format!("{name}{value}")) && !value.contains('"'));
            assert!(text.contains('"') || !value.contains(|c: char| c.is_ascii_whitespace()));
        }
    }
    let values = every_value(&text, "keel.network=");
    assert!(
        values.iter().all(|value| !value.contains('"'))
            && values.len() <= text.matches("keel.network=").count() + text.matches('"').count()
    );
    if let Some((tag, path)) = device(&text) {
        assert!(path.starts_with('/') && path.len() > 1, "{tag:?}");
    }
}

/// An entry of the firmware's table, and a kubeconfig's server.
pub fn firmware_strings(bytes: &[u8]) {
    let strings = strings_of(bytes);
    assert!(strings.iter().all(|text| !text.is_empty() && !text.contains(&0)));
    assert!(strings.iter().map(|text| text.len() + 1).sum::<usize>() <= bytes.len() + 1);
}

/// The server that a kubeconfig names.
pub fn kubeconfig(bytes: &[u8]) {
    if let Some(endpoint) = endpoint_in(&String::from_utf8_lossy(bytes)) {
        assert!(!endpoint.is_empty() && !endpoint.contains(char::is_whitespace));
    }
}

/// The address of a document, what is shown of it, and where its server redirects.
pub fn address(bytes: &[u8]) {
    const SECRET: &str = "s3cret-of-a-user";
    let text = String::from_utf8_lossy(bytes);
    if let Ok(url) = expand(&text, |_| Some("a b/ü".into())) {
        assert!(text.contains("${") || url == text);
        assert!(url.len() <= text.len() * 20);
    }
    for secret in [format!("https://u:{SECRET}@{text}"), format!("http://h/?{text}&t={SECRET}")] {
        assert!(text.contains(SECRET) || !shown(&secret).contains(SECRET), "{secret}");
    }
    let once = straight(&format!("http://h/{text}"));
    assert_eq!(straight(&once), once);
    for from in ["http://h:81/a/x?y", "https://h"] {
        if let Ok(target) = join(from, &text) {
            assert!(target.starts_with("http://") || target.starts_with("https://"));
            assert!(!from.starts_with("https") || target.starts_with("https://"), "{target}");
        }
    }
}
