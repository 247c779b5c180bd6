//! The kernel command line: `keel.config.inline=` holds the machine config in base64, mostly of its gzip.

use super::SourceAnswer;
use crate::core::error::{Code, Error};
use crate::core::from_base64::from_base64;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;

const NAME: &str = "keel.config.inline=";

/// The value of a parameter; the last one counts, as in the kernel.
pub fn value(name: &str) -> Option<String> {
    last_value(&std::fs::read_to_string("/proc/cmdline").unwrap_or_default(), name)
}

/// The values of a parameter of which all count.
pub fn values(name: &str) -> Vec<String> {
    every_value(&std::fs::read_to_string("/proc/cmdline").unwrap_or_default(), name)
}

/// The last value of a parameter in a command line, without the quotes around it.
pub fn last_value(line: &str, name: &str) -> Option<String> {
    every_value(line, name).pop()
}

/// Every value of a parameter in a command line, in its order. Quotes keep spaces together, as in the kernel, and do not
/// belong to a value.
pub fn every_value(line: &str, name: &str) -> Vec<String> {
    let mut is_quoted = false;
    let is_end = |c: char| {
        is_quoted ^= c == '"';
        !is_quoted && c.is_ascii_whitespace()
    };
    let words = line.split(is_end).map(|word| word.replace('"', ""));
    words.filter_map(|word| word.strip_prefix(name).map(str::to_owned)).collect()
}

/// Takes the base64 off.
pub fn ask(_: &mut Node) -> Result<SourceAnswer, Interrupt> {
    Ok(match value(NAME) {
        None => SourceAnswer::NoConfig,
        Some(text) => decode(&text).map_or_else(SourceAnswer::Fatal, |bytes| SourceAnswer::Config(bytes.into())),
    })
}

fn decode(text: &str) -> Result<Vec<u8>, Error> {
    from_base64(text.as_bytes()).ok_or_else(|| {
        // The text itself may be a secret; its length is not.
        Error::new(Code::ConfigUnreadable, "decode", NAME)
            .with_detail(format!("its {} characters are not base64; the command line may be truncated", text.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_value_counts() {
        assert_eq!(
            last_value("quiet keel.config.inline=YQ== x keel.config.inline=Yg==\n", NAME).as_deref(),
            Some("Yg==")
        );
        assert_eq!(last_value("quiet", NAME), None);
    }

    #[test]
    fn every_value_counts_and_quotes_keep_spaces() {
        let line =
            "quiet keel.network=ip=dhcp keel.network=\"ip=eth0:dhcp nameserver=192.0.2.53\" \"keel.network=a b\"\n";
        let values = every_value(line, "keel.network=");
        assert_eq!(values, ["ip=dhcp", "ip=eth0:dhcp nameserver=192.0.2.53", "a b"]);
        assert_eq!(every_value("keel.network=\"ip=dhcp x", "keel.network="), ["ip=dhcp x"]);
        assert_eq!(every_value("x=\"1 keel.network=2\"", "keel.network="), [""; 0]);
    }

    #[test]
    fn what_is_not_base64_is_reported_as_that() {
        assert_eq!(decode("%").unwrap_err().code, Code::ConfigUnreadable);
    }
}
