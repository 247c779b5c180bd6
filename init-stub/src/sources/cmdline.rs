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

/// The last value of a parameter in a command line, without the quotes around it.
pub fn last_value(line: &str, name: &str) -> Option<String> {
    line.split_ascii_whitespace()
        .rev()
        .find_map(|word| word.strip_prefix(name))
        .map(|value| value.trim_matches('"').to_owned())
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
    fn what_is_not_base64_is_reported_as_that() {
        assert_eq!(decode("%").unwrap_err().code, Code::ConfigUnreadable);
    }
}
