//! One entry of a document, with its keys.

use super::facts;
use super::left_out::LeftOut;
use crate::core::codec::domains::is_domain;
use crate::core::codec::yaml::Value;
use std::net::IpAddr;

/// What a key is read of; no link has so many members.
const MOST_WORDS: usize = 256;

/// An entry that others refer to by its id.
#[derive(Clone, Copy)]
pub struct Section<'a> {
    pub value: Value<'a>,
    pub id: &'a str,
}

impl<'a> Section<'a> {
    /// The text at a key.
    pub fn text(self, key: &str) -> Option<&'a str> {
        self.value.get(key)?.text()
    }

    /// The values at a key: those of a list, or the one that is there.
    pub fn list(self, key: &str) -> impl Iterator<Item = Value<'a>> {
        let value = self.value.get(key);
        let single = value.filter(|value| !value.is_list());
        value.into_iter().flat_map(Value::items).chain(single)
    }

    /// The texts at a key: a list of them, or one with spaces or commas.
    pub fn words(self, key: &str) -> impl Iterator<Item = &'a str> {
        self.list(key).filter_map(Value::text).flat_map(words_of).take(MOST_WORDS)
    }

    /// A number from `least` to `most`.
    pub fn number(self, key: &str, [least, most]: [u32; 2], out: &mut LeftOut) -> Option<u32> {
        let value = self.value.get(key)?;
        let number = value.text().and_then(|text| text.trim().parse().ok()).filter(|n| (least..=most).contains(n));
        if number.is_none() {
            out.add(self.id, key);
        }
        number
    }

    /// A boolean in one of the forms that YAML has for it.
    pub fn flag(self, key: &str, out: &mut LeftOut) -> Option<bool> {
        let value = self.value.get(key)?;
        let flag = value.text().and_then(flag_of);
        if flag.is_none() {
            out.add(self.id, key);
        }
        flag
    }

    /// The number of bytes at `mtu`.
    pub fn mtu(self, out: &mut LeftOut) -> Option<u32> {
        self.number("mtu", [68, 65535], out)
    }

    /// Addresses of name servers.
    pub fn servers(self, key: &str, out: &mut LeftOut) -> Vec<IpAddr> {
        let parsed = |text| facts::ip(text).or_else(|| self.leave_out(key, out));
        self.words(key).filter_map(parsed).collect()
    }

    /// Domains in which names are looked up.
    pub fn domains(self, key: &str, out: &mut LeftOut) -> Vec<String> {
        let mut domains = Vec::new();
        for name in self.words(key).map(|name| name.trim_end_matches('.')) {
            if is_domain(name) {
                domains.push(name.to_owned());
            } else {
                out.add(self.id, key);
            }
        }
        domains
    }

    /// Names a key as left out.
    fn leave_out<T>(self, key: &str, out: &mut LeftOut) -> Option<T> {
        out.add(self.id, key);
        None
    }

    /// Names each key that is not among the known ones.
    pub fn other_keys(self, known: &[&str], out: &mut LeftOut) {
        for (key, _) in self.value.entries().filter(|(key, _)| !known.contains(key)) {
            out.add(self.id, key);
        }
    }
}

/// The parts between spaces and commas.
pub fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', ',', '\t', '\n']).filter(|word| !word.is_empty())
}

/// A boolean in one of the forms that YAML and the kernel have for it.
pub fn flag_of(text: &str) -> Option<bool> {
    const FORMS: [[&str; 2]; 4] = [["false", "true"], ["no", "yes"], ["off", "on"], ["0", "1"]];
    let is = |form: &str| text.eq_ignore_ascii_case(form);
    FORMS.iter().find_map(|[no, yes]| is(no).then_some(false).or_else(|| is(yes).then_some(true)))
}
