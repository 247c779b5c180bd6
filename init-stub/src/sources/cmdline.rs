//! The kernel command line: `keel.config.inline=` holds the machine config in base64, mostly of its gzip.

use super::Said;
use crate::error::{Code, Error};
use crate::node::Node;
use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const NAME: &str = "keel.config.inline=";

/// The value of a parameter; the last one counts, as in the kernel.
pub fn value(name: &str) -> Option<String> {
    last_value(&std::fs::read_to_string("/proc/cmdline").unwrap_or_default(), name)
}

fn last_value(line: &str, name: &str) -> Option<String> {
    line.split_ascii_whitespace()
        .rev()
        .find_map(|word| word.strip_prefix(name))
        .map(|value| value.trim_matches('"').to_owned())
}

/// Takes the base64 off.
pub fn ask(_: &mut Node) -> Said {
    match value(NAME) {
        None => Said::NoConfig,
        Some(text) => decode(&text).map_or_else(Said::Fatal, |bytes| Said::Config(bytes.into())),
    }
}

fn decode(text: &str) -> Result<Vec<u8>, Error> {
    let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let engines = [GeneralPurpose::new(&STANDARD, lenient), GeneralPurpose::new(&URL_SAFE, lenient)];
    engines.iter().find_map(|engine| engine.decode(text).ok()).ok_or_else(|| {
        // The text itself may be a secret; its length is not.
        Error::new(Code::ConfigUnreadable, "source", "decode", NAME)
            .with_detail(format!("its {} characters are not base64; the command line may be cut short", text.len()))
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
    fn both_alphabets_with_or_without_padding_are_read() {
        assert_eq!(decode("++8=").unwrap(), decode("--8").unwrap());
        assert_eq!(decode("%").unwrap_err().code, Code::ConfigUnreadable);
    }
}
