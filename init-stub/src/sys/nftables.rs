//! Keel's own table of the packet filter, over nfnetlink: one batch, which the kernel takes as a whole or not at all.

mod encode;

use super::netdev::message::KernelReply;
use super::netdev::socket::NetlinkSocket;
use crate::core::plan::firewall::Chain;
use std::io::Error;

/// What the kernel refused of a batch.
#[derive(Debug)]
pub struct Refused {
    /// Which part of it; None: the batch as a whole.
    pub part: Option<String>,
    /// Why.
    pub cause: Error,
}

impl<T: Into<Error>> From<T> for Refused {
    fn from(cause: T) -> Self {
        Self { part: None, cause: cause.into() }
    }
}

/// Puts these chains in the place of those that are there; every packet meets all of the ones or all of the others.
pub fn replace(chains: &[Chain]) -> Result<(), Refused> {
    let batch = encode::batch(chains);
    let socket = NetlinkSocket::of_packet_filter()?;
    let bytes: Vec<u8> = (0..).zip(&batch).flat_map(|(number, part)| part.request.bytes(number)).collect();
    socket.send_batch(&bytes)?;
    // The end of a batch has no answer of its own.
    let last = batch.len().saturating_sub(2);
    loop {
        for answer in socket.receive()? {
            let number = usize::try_from(answer.sequence).unwrap_or(usize::MAX);
            match answer.what {
                KernelReply::Done(0) if number == last => return Ok(()),
                KernelReply::Done(0) | KernelReply::Body(_) => {}
                KernelReply::Done(errno) => {
                    let part = batch.get(number).and_then(|part| part.what.clone());
                    return Err(Refused { part, cause: Error::from_raw_os_error(errno) });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
