//! `child state DEVICE [owner]`: reads the copy of the machine config from a KEEL-STATE that is not mounted yet, or only
//! which machine wrote it.

use super::{refuse, say};
use crate::copy::{DOCUMENT, FOLDER, ORIGIN, Origin, whole};
use crate::error::{Code, Error};
use crate::sources::LIMIT;
use crate::volume::Mounted;
use std::io;

/// Larger than any origin.
const ORIGIN_LIMIT: usize = 64 << 10;

/// 0: a line with its [`Origin`] and the document (with `owner`: the line alone) are on stdout, or nothing when there is no
/// copy. 1: an [`Error`] is.
pub fn run(arguments: &[String]) -> u8 {
    let (device, read) = match arguments {
        [device] => (device, read(device)),
        [device, word] if word == "owner" => (device, owner(device)),
        _ => return 2,
    };
    match read {
        Ok(Some((document, origin))) => say(&origin, &document),
        Ok(None) => 0,
        Err(e) => {
            let error =
                Error { errno: e.raw_os_error(), ..Error::new(Code::ConfigUnreadable, "source", "read", device) };
            refuse(&error.with_detail(format!("the copy on it is not whole: {e}")))
        }
    }
}

/// The origin may be whole where the document is not, and it says whose all the rest is.
fn owner(device: &str) -> io::Result<Option<(Vec<u8>, Origin)>> {
    let Some(origin) = Mounted::new(device, "ext4")?.read(&format!("{FOLDER}/{ORIGIN}"), ORIGIN_LIMIT)? else {
        return Ok(None);
    };
    Ok(Some((Vec::new(), serde_json::from_slice(&origin)?)))
}

fn read(device: &str) -> io::Result<Option<(Vec<u8>, Origin)>> {
    let mounted = Mounted::new(device, "ext4")?;
    let file = |name: &str, limit: usize| mounted.read(&format!("{FOLDER}/{name}"), limit);
    match (file(DOCUMENT, LIMIT)?, file(ORIGIN, ORIGIN_LIMIT)?) {
        (Some(document), Some(origin)) => whole(document, &origin).map(Some),
        (None, None) => Ok(None),
        _ => Err(io::Error::other("one of its two files is gone")),
    }
}
