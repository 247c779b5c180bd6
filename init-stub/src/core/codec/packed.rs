//! A document as a source packs it: base64, gzip or zstd, in at most two layers; which ones is recognised by its first bytes and by
//! nothing else.

use crate::core::config::LIMIT;
use crate::core::error::{Code, Error};
use crate::core::foreign;
use crate::core::from_base64::from_base64;
use flate2::read::MultiGzDecoder;
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};
use std::io::{self, Read};

/// base64 of gzip is what platforms that store text need; nothing needs more.
const LAYERS: usize = 2;
/// No text that somebody wrote packs better than this; a bomb does.
const RATIO: usize = 256;
/// What a few bytes may unpack to whatever the ratio says.
const SMALL: usize = 1 << 20;
/// Most memory that a zstd frame may ask for: a document within [`LIMIT`] never needs more.
const WINDOW: u64 = LIMIT as u64;

/// The document in the bytes of `place`: the one way to unpack, of a boot and of a workstation.
pub fn unpack(bytes: Vec<u8>, place: &str) -> Result<Vec<u8>, Error> {
    document(bytes).map_err(|(code, detail)| Error::new(code, "unpack", place).with_detail(detail))
}

/// Why there is no document: a code and the cause as text.
pub type PackedError = (Code, String);

/// Takes off every layer, then looks whether somebody else's document is in it.
pub fn document(mut bytes: Vec<u8>) -> Result<Vec<u8>, PackedError> {
    for _ in 0..LAYERS {
        if bytes.len() > LIMIT {
            break;
        }
        let Some(layer) = Layer::of(&bytes) else { break };
        bytes = layer.open(&bytes)?;
    }
    if bytes.len() > LIMIT {
        return Err(too_large(format!("it has more than {} MiB", LIMIT >> 20)));
    }
    if Layer::of(&bytes).is_some() {
        return Err((Code::ConfigUnreadable, format!("it has more than {LAYERS} layers of gzip, zstd or base64")));
    }
    match foreign::name(&bytes) {
        Some(what) => Err((Code::ConfigForeign, what.into())),
        None => Ok(bytes),
    }
}

/// One way to pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layer {
    Base64,
    Gzip,
    Zstd,
}

impl Layer {
    /// No document consists of base64's characters alone: JSON has braces, YAML colons, a script its `#`.
    fn of(bytes: &[u8]) -> Option<Self> {
        let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_= \t\r\n".contains(byte);
        match bytes {
            [0x1F, 0x8B, ..] => Some(Self::Gzip),
            [0x28, 0xB5, 0x2F, 0xFD, ..] => Some(Self::Zstd),
            _ if bytes.iter().all(is_base64) && !bytes.trim_ascii().is_empty() => Some(Self::Base64),
            _ => None,
        }
    }

    fn open(self, packed: &[u8]) -> Result<Vec<u8>, PackedError> {
        let most = LIMIT.min(SMALL.max(packed.len().saturating_mul(RATIO)));
        let (name, opened) = match self {
            Self::Base64 => ("base64", base64(packed)),
            Self::Gzip => ("gzip", read(MultiGzDecoder::new(packed), most)),
            Self::Zstd => ("zstd", zstd(packed, most)),
        };
        let damaged = |e: io::Error| {
            (Code::ConfigUnreadable, format!("its {name} cannot be decompressed, it may be truncated: {e}"))
        };
        match opened.map_err(damaged)? {
            opened if opened.len() <= most => Ok(opened),
            _ if most < LIMIT => Err(too_large(format!("it expands to more than {RATIO} times its size"))),
            _ => Err(too_large(format!("it expands to more than {} MiB", LIMIT >> 20))),
        }
    }
}

fn too_large(detail: String) -> PackedError {
    (Code::ConfigTooLarge, detail)
}

fn base64(text: &[u8]) -> io::Result<Vec<u8>> {
    // The text itself may be a secret; its length is not.
    from_base64(text).ok_or_else(|| io::Error::other(format!("{} characters", text.trim_ascii().len())))
}

/// One byte more than `most` tells "just fits" from "too large".
fn read(packed: impl Read, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    packed.take(u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// All frames, one after the other. The decoder leaves it to its caller to compare the checksum.
fn zstd(mut packed: &[u8], most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    while !packed.is_empty() && bytes.len() <= most {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(WINDOW);
        let mut frame = StreamingDecoder::new_with_decoder(&mut packed, decoder).map_err(io::Error::other)?;
        bytes.extend(read(&mut frame, most - bytes.len())?);
        let decoder = frame.into_frame_decoder();
        let stated = decoder.get_checksum_from_data();
        if decoder.is_finished() && stated.is_some() && stated != decoder.get_calculated_checksum() {
            return Err(io::Error::other("its checksum is wrong"));
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
