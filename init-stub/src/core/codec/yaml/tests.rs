use super::*;

fn text(yaml: &str, key: &str) -> Option<String> {
    Document::read(yaml.as_bytes()).unwrap_or_else(|why| panic!("{yaml:?}: {why}"))?.text(key)
}

#[test]
fn a_key_is_found_in_every_way_to_write_it() {
    for yaml in [
        "a: vm-1",
        "\"a\": \"vm-1\"\n",
        "'a': 'vm-1'",
        "? a\n: vm-1\n",
        "{a: vm-1}",
        "{\"b\":[{\"a\":\"no\"}],\n\t\"a\":\"vm-1\"}",
        "{\n\t\t\"a\"\t: \"vm-1\"\n}\n",
        "\u{feff}a: vm-1\r\nb: 1\r\n",
        "---\na: vm-1 # the first\n...\n",
        "%YAML 1.1\n---\na: !!str vm-1\n",
        "# only\n\na:    vm-1   \n",
        "a: >-\n  vm-1\n",
        "a: |-\n  vm-1\n",
        "a:\n  vm-1\n",
        "b: &name vm-1\na: *name\n",
        "base: &base {a: vm-1, c: 2}\n<<: *base\nb: 1\n",
        "x: &x {b: 1}\ny: &y {a: vm-1}\n<<: [*x, *y]\n",
        "a: no\na: vm-1\n",
        "\"\\x61\": \"vm\\u002d1\"\n",
    ] {
        assert_eq!(text(yaml, "a").as_deref(), Some("vm-1"), "{yaml:?}");
    }
}

#[test]
fn a_number_keeps_its_text() {
    for number in ["1", "007", "12345678901234567890123", "1e3", "0x1f", "1.0", "true", "2026-11-29"] {
        assert_eq!(text(&format!("a: {number}\n"), "a").as_deref(), Some(number));
    }
}

#[test]
fn what_is_not_there_or_empty_or_no_text_is_none() {
    for yaml in
        ["", "\n", "# a: b\n", "---\n", "~", "a:\n", "a: ~\n", "a: null", "a: ''", "a: {a: b}", "a: [b]", "b: {a: c}"]
    {
        assert_eq!(text(yaml, "a"), None, "{yaml:?}");
    }
    assert_eq!(text("a: 'null'", "a").as_deref(), Some("null"));
}

#[test]
fn what_is_not_a_mapping_is_an_error_that_quotes_nothing() {
    for yaml in
        ["secret", "- secret: b\n", "a: b\n secret: d\n", "a: \"secret", "{a: secret", "a: *secret\n", "a: &b [*b]\n"]
    {
        let why = Document::read(yaml.as_bytes()).err().unwrap_or_else(|| panic!("{yaml:?} is read"));
        assert!(!why.contains("secret"), "{why}");
    }
    assert!(Document::read(&[0xff, 0xfe, b'a', 0]).is_err());
}

#[test]
fn a_bomb_costs_nothing() {
    let mut aliases = "z: &z0 {a: b}\n".to_owned();
    let mut merges = "x: &z0 {b: c}\n".to_owned();
    for i in 0..40 {
        aliases.push_str(&format!("y{i}: &z{} [*z{i}, *z{i}, *z{i}, *z{i}]\n", i + 1));
        merges.push_str(&format!("y{i}: &z{} {{<<: [*z{i}, *z{i}]}}\n", i + 1));
    }
    merges.push_str("<<: *z40\n");
    assert_eq!(text(&aliases, "a"), None);
    assert_eq!(text(&merges, "a"), None);
    for deep in ["[", "{a: ", "- ", "? "] {
        assert!(Document::read(deep.repeat(60_000 / deep.len()).as_bytes()).is_err(), "{deep}");
    }
}

/// Every beginning and every change of one byte of a document ends in an answer.
#[test]
fn what_is_damaged_does_not_panic() {
    let whole = "%TAG ! tag:x,1:\n--- # c\n\"a\": &b !t 'c'\n? [d, {e: *b}]\n: |+2\n    f\n<<: *b\n- x\n...\n---\n\u{feff}g: >\n h\n";
    for end in 0..whole.len() {
        let _ = Document::read(&whole.as_bytes()[..end]);
        for byte in b"\0\t\n :-[]{}&*!|>'\"%@`#?,\\a\x7f\xc3" {
            let mut changed = whole.as_bytes().to_vec();
            changed[end] = *byte;
            let _ = Document::read(&changed);
            changed.insert(end, *byte);
            let _ = Document::read(&changed);
        }
    }
}

#[test]
fn values_in_values_are_read_through_aliases_and_merge_keys() {
    let yaml = "a: &a {b: [1, '', ~, {c: d}], e: f}\ng: {<<: *a, h: *a, ? [x] : y, e: ~}\n";
    let document = Document::read(yaml.as_bytes()).unwrap().unwrap();
    let merged = document.root().get("g").unwrap();
    let items: Vec<_> = merged.get("b").unwrap().items().map(Value::text).collect();
    assert_eq!(items, [Some("1"), None, None, None]);
    let inner = merged.get("h").unwrap().get("b").unwrap().items().last().unwrap();
    assert_eq!(inner.get("c").and_then(Value::text), Some("d"));
    assert_eq!(merged.entries().map(|(key, _)| key).collect::<Vec<_>>(), ["h", "e"]);
    assert!(merged.get("e").is_none() && merged.is_mapping() && merged.get("b").unwrap().is_list());
    assert!(!document.is_exhausted());
}

#[test]
fn json_is_read_as_json_only() {
    let text = |json: &str| Document::read_json(json.as_bytes()).map(|document| document?.text("a"));
    assert_eq!(text("\u{feff}{\"a\": 7}"), Ok(Some("7".into())));
    assert_eq!(text(" \n"), Ok(None));
    assert_eq!(text("null"), Ok(None));
    assert_eq!(text("a: b"), Err("it is not JSON at line 1 column 1".into()));
    assert_eq!(text("7"), Err("it has no keys at its top level".into()));
}

#[test]
fn reading_ends_when_the_same_values_are_read_too_often() {
    let yaml = format!("a: &a [{}]\nb: [{}]\n", "x, ".repeat(1000), "*a, ".repeat(1000));
    let document = Document::read(yaml.as_bytes()).unwrap().unwrap();
    let read: usize = document.root().get("b").unwrap().items().map(|list| list.items().count()).sum();
    assert!(read < 1_000_000 && document.is_exhausted(), "{read}");
    assert_eq!(document.text("a"), None);
}
