//! `child state`: reads the generations of the machine config from a KEEL-STATE that is not mounted yet, or only what is kept
//! with them.

use super::verify::verify_document;
use crate::core::error::{Code, Error};
use crate::core::event::Generation;
use crate::pid1::worker::{job, refuse, reply};
use crate::sources::generations::{FOLDER, IN_ORDER, Reader, header, load, name_of};
use crate::sources::{Generations, StateJob};
use crate::sys::confine::drop_capabilities;
use crate::sys::mounted::Mounted;
use std::io;

/// 0: a line with [`Generations`] and the bytes of the one that serves are on stdout. 1: an [`Error`] is.
pub fn run() -> u8 {
    let Some((StateJob { device, only_headers }, _)) = job(0) else { return 2 };
    let opened = Mounted::new(&device, "ext4").and_then(|mounted| drop_capabilities().map(|()| mounted));
    match opened {
        Ok(mounted) => {
            let folder = InFolder(&mounted);
            let (found, document) = if only_headers { headers(&folder) } else { look(&folder) };
            reply(&found, &document)
        }
        Err(e) => refuse(&Error { errno: e.raw_os_error(), ..Error::new(Code::ConfigUnreadable, "read", device) }),
    }
}

/// The folder of the generations on a filesystem that has no place.
struct InFolder<'a>(&'a Mounted);

impl Reader for InFolder<'_> {
    fn read(&self, name: &str, limit: usize) -> io::Result<Option<Vec<u8>>> {
        self.0.read(&format!("{FOLDER}/{name}"), limit)
    }
}

fn headers(folder: &dyn Reader) -> (Generations, Vec<u8>) {
    let mut found = Generations::default();
    for generation in IN_ORDER {
        match header(folder, generation) {
            Ok(Some(header)) => found.headers.push((generation, header)),
            Ok(None) => {}
            Err(error) => found.problems.push((generation, unreadable(generation, &error))),
        }
    }
    (found, Vec::new())
}

/// The first that this keel-init can apply serves. The staged one is checked in any case, for the reason why it does not.
fn look(folder: &dyn Reader) -> (Generations, Vec<u8>) {
    let (mut found, mut document) = (Generations::default(), Vec::new());
    for generation in IN_ORDER {
        let kept = match load(folder, generation) {
            Ok(Some(kept)) => kept,
            Ok(None) => continue,
            Err(error) => {
                found.problems.push((generation, unreadable(generation, &error)));
                continue;
            }
        };
        found.headers.push((generation, kept.header));
        if found.serves.is_some() && generation != Generation::Staged {
            continue;
        }
        match verify_document(&kept.document) {
            Err(error) => found.problems.push((generation, Error { object: object(generation), ..error })),
            Ok(_) if found.serves.is_none() => {
                found.serves = Some(generation);
                document = kept.document;
            }
            Ok(_) => {}
        }
    }
    (found, document)
}

fn unreadable(generation: Generation, error: &io::Error) -> Error {
    Error { errno: error.raw_os_error(), ..Error::new(Code::ConfigUnreadable, "read", object(generation)) }
        .with_detail(error.to_string())
}

fn object(generation: Generation) -> String {
    format!("{} machine config on KEEL-STATE", name_of(generation))
}
