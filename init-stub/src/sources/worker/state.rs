//! `child state`: reads the copy of the machine config from a KEEL-STATE that is not mounted yet, or only which machine wrote
//! it.

use crate::core::config::LIMIT;
use crate::core::error::{Code, Error};
use crate::pid1::worker::{job, refuse, reply};
use crate::sources::StateJob;
use crate::sources::copy::{DOCUMENT, FOLDER, ORIGIN, Origin, whole};
use crate::sys::confine::drop_capabilities;
use crate::sys::mounted::Mounted;
use std::io;

/// Larger than any origin.
const ORIGIN_LIMIT: usize = 64 << 10;

/// 0: a line with its [`Origin`] and the document, or the line alone, are on stdout, or nothing when there is no copy. 1: an
/// [`Error`] is.
pub fn run() -> u8 {
    let Some((StateJob { device, only_origin }, _)) = job(0) else { return 2 };
    match if only_origin { owner(&device) } else { read(&device) } {
        Ok(Some((document, origin))) => reply(&origin, &document),
        Ok(None) => 0,
        Err(e) => {
            let error = Error { errno: e.raw_os_error(), ..Error::new(Code::ConfigUnreadable, "read", device) };
            refuse(&error.with_detail(format!("the copy on it is not whole: {e}")))
        }
    }
}

/// The origin may be whole where the document is not, and it says whose all the rest is.
fn owner(device: &str) -> io::Result<Option<(Vec<u8>, Origin)>> {
    let mounted = Mounted::new(device, "ext4")?;
    drop_capabilities()?;
    let Some(origin) = mounted.read(&format!("{FOLDER}/{ORIGIN}"), ORIGIN_LIMIT)? else { return Ok(None) };
    Ok(Some((Vec::new(), serde_json::from_slice(&origin)?)))
}

fn read(device: &str) -> io::Result<Option<(Vec<u8>, Origin)>> {
    let mounted = Mounted::new(device, "ext4")?;
    drop_capabilities()?;
    let file = |name: &str, limit: usize| mounted.read(&format!("{FOLDER}/{name}"), limit);
    match (file(DOCUMENT, LIMIT)?, file(ORIGIN, ORIGIN_LIMIT)?) {
        (Some(document), Some(origin)) => whole(document, &origin).map(Some),
        (None, None) => Ok(None),
        _ => Err(io::Error::other("one of its two files is gone")),
    }
}
