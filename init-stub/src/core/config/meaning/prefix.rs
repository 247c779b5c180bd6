//! Networks, and addresses with the length of a prefix.

use super::verdict::{Verdict, want};
use crate::core::config::{Prefix, width};

/// An address with the length of a prefix that its family has.
pub fn prefix(Prefix { address, prefix_length }: Prefix, at: &str) -> Verdict {
    want(prefix_length <= width(address), format_args!("{at}/prefixLength"), "is longer than an address of IPv4")
}

/// Whether no bit behind the prefix is set.
pub fn is_network(one: Prefix) -> bool {
    one.network() == one
}

/// A network that packets or addresses are compared with.
pub fn network(one: Prefix, at: &str) -> Verdict {
    prefix(one, at)?;
    want(is_network(one), format_args!("{at}/address"), "is an address and not a network")
}
