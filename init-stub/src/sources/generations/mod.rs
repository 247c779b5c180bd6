//! Generations of the machine config on KEEL-STATE: `current`, with which the node was steady last, `previous`, which was it
//! before, and `staged`, which a source gave and no boot was steady with. They serve when the source that gave the config is
//! gone or cannot be reached, and when it gives one that this keel-init is too old for. Nothing is written where nothing has
//! changed.

mod files;
pub mod owner;
mod steps;

use crate::core::config::LIMIT;
use crate::core::error::{Code, Step};
use crate::core::event::{Body, Generation, PassedOver};
use crate::pid1::interrupt::Interrupt;
use crate::pid1::job::{Call, refusal};
use crate::pid1::node::{ConfigSource, Node};
use crate::pid1::wait;
use crate::sources::smbios::machine_uuid;
use files::Folder;
pub use files::Reader;
use std::io;
use std::path::Path;
use steps::Offered;
pub use steps::{Header, IN_ORDER, Kept, decode, encode, header, load, name_of};

/// Where KEEL-STATE is mounted.
pub const STATE: &str = "/keel/state";
/// The folder of the generations on it.
pub const FOLDER: &str = "config";

/// What this boot has to do with the generations.
#[derive(Debug, Default)]
pub struct OfBoot {
    /// The one that KEEL-STATE gave, where it was asked.
    pub served: Option<Served>,
    /// What a source gave and this keel-init is too old for.
    pub too_new: Option<TooNew>,
    /// The staged one that runs, by the digest of what its source gave.
    unproven: Option<String>,
}

/// A generation that KEEL-STATE gave.
#[derive(Debug)]
pub struct Served {
    /// Which.
    pub generation: Generation,
    /// What is kept with it.
    pub header: Header,
    /// Which would have come before it.
    pub passed_over: Vec<PassedOver>,
}

/// A machine config of a later version.
#[derive(Debug)]
pub struct TooNew {
    /// Its bytes.
    pub document: Vec<u8>,
    /// Where it came from.
    pub origin: ConfigSource,
    /// The version that it names.
    pub api_version: String,
}

/// Keeps the verified machine config, if there is a KEEL-STATE, and reports which generation runs. One that cannot be written
/// is reported and ends no boot: the node is what its config says without it.
pub fn keep(node: &mut Node) {
    let has_state = node.config.as_ref().is_some_and(|c| c.storage.filesystems.iter().any(|f| f.mount_path == STATE));
    if node.document.is_none() || node.origin.is_none() || !has_state {
        return;
    }
    let noted = Folder::made_in(Path::new(STATE), FOLDER).and_then(|folder| note(node, &folder));
    // It is not needed any more.
    node.document = None;
    report(node, noted);
}

/// Whether [`keep`] will stage a machine config, as far as the headers of a KEEL-STATE tell.
pub fn will_stage(node: &mut Node, headers: &[(Generation, Header)]) -> bool {
    let Some(origin) = node.origin.clone() else { return false };
    let of_boot = node.state::<OfBoot>();
    match &of_boot.too_new {
        Some(too_new) => steps::is_new(headers, &too_new.origin.sha256),
        None => origin.source != super::STATE_SOURCE && steps::is_new(headers, &origin.sha256),
    }
}

/// The staged generation becomes the current one. To be called once the node is what its config says: its caller is the one
/// place that decides when that is.
pub fn commit(node: &mut Node) {
    let of_boot = node.state::<OfBoot>();
    let (unproven, too_new) = (of_boot.unproven.take(), of_boot.too_new.take());
    let Some(sha256) = unproven else { return };
    let Some(folder) = Folder::found_in(Path::new(STATE), FOLDER) else { return };
    let committed = steps::commit(&folder, &sha256);
    match committed {
        Ok(true) => node.emit(Body::GenerationCommitted { sha256 }),
        Ok(false) => {}
        Err(error) => return report(node, Err(error)),
    }
    // Its place was taken until now by the only generation that this keel-init can apply.
    if let Some(too_new) = too_new {
        let staged = stage_too_new(node, &folder, too_new);
        report(node, staged);
    }
}

/// Takes the secrets of the join out of every generation: the node has joined, and the disk must not disclose them. To be
/// called at every boot of a node that has joined, because a changed config has been kept whole.
pub fn redact_join_secrets(node: &mut Node) -> std::result::Result<(), Interrupt> {
    let Some(folder) = Folder::found_in(Path::new(STATE), FOLDER) else { return Ok(()) };
    for generation in IN_ORDER {
        let path = format!("{STATE}/{FOLDER}/{}", name_of(generation));
        // What is less than the source gave has none any more.
        if header(&folder, generation).is_ok_and(|header| header.is_none_or(|h| h.kept_sha256 != h.sha256)) {
            continue;
        }
        match load(&folder, generation) {
            // It serves nobody, and may hold them.
            Err(error) if steps::is_damaged(&error) => {
                steps::discard(&folder, generation).step(Code::PathUnwritable, "remove", path)?;
            }
            loaded => {
                let Some(kept) = loaded.step(Code::PathUnwritable, "read", &path)? else { continue };
                if let Some(document) = without_join_secrets(node, &kept.document, &path)? {
                    let replaced = steps::replace_document(&folder, generation, kept, document);
                    replaced.step(Code::PathUnwritable, "write", path)?;
                }
            }
        }
    }
    Ok(())
}

/// None: there are none in it. A worker looks, because one that is too new was never checked.
fn without_join_secrets(
    node: &mut Node,
    document: &[u8],
    path: &str,
) -> std::result::Result<Option<Vec<u8>>, Interrupt> {
    let call = Call::new("redact", &(), LIMIT, path);
    let output = wait::worker(node, &Call { bytes: document, ..call })?;
    if !output.ok() {
        return Err(refusal(&output, path).into());
    }
    Ok(Some(output.stdout).filter(|redacted| !redacted.is_empty()))
}

/// Writes what is new, and reports what runs.
fn note(node: &mut Node, folder: &Folder) -> io::Result<()> {
    let (Some(document), Some(origin)) = (node.document.take(), node.origin.clone()) else { return Ok(()) };
    steps::settle(folder)?;
    let uuid = machine_uuid();
    steps::own(folder, uuid.as_ref(), node.instance.instance_id.as_ref())?;
    let of_boot = node.state::<OfBoot>();
    let (served, too_new) = (of_boot.served.take(), of_boot.too_new.take());
    match served.filter(|_| origin.source == super::STATE_SOURCE) {
        Some(Served { generation, header, passed_over }) => {
            let (sha256, api_version) = (header.sha256, header.api_version);
            let is_staged = generation == Generation::Staged;
            let of_boot = node.state::<OfBoot>();
            of_boot.unproven = is_staged.then(|| sha256.clone());
            // The staged one that runs stays where it is until it is the current one.
            let stage_now = if is_staged {
                of_boot.too_new = too_new;
                None
            } else {
                too_new
            };
            let source = origin.source;
            node.emit(Body::GenerationChosen { generation, source, sha256, api_version, passed_over });
            stage_now.map_or(Ok(()), |too_new| stage_too_new(node, folder, too_new))
        }
        None => {
            let api_version = node.config.as_ref().map(|config| config.api_version.clone()).unwrap_or_default();
            note_given(node, folder, document, origin, api_version)
        }
    }
}

/// A machine config of another source than KEEL-STATE, which runs.
fn note_given(
    node: &mut Node,
    folder: &Folder,
    document: Vec<u8>,
    origin: ConfigSource,
    api_version: String,
) -> io::Result<()> {
    let (source, sha256) = (origin.source, origin.sha256.clone());
    let offered = offer(node, folder, document, origin, api_version.clone())?;
    let generation = match offered {
        Offered::IsCurrent => Generation::Current,
        Offered::IsStaged | Offered::Staged => Generation::Staged,
    };
    node.state::<OfBoot>().unproven = (generation == Generation::Staged).then(|| sha256.clone());
    node.emit(Body::GenerationChosen { generation, source, sha256, api_version, passed_over: Vec::new() });
    Ok(())
}

fn stage_too_new(node: &mut Node, folder: &Folder, too_new: TooNew) -> io::Result<()> {
    offer(node, folder, too_new.document, too_new.origin, too_new.api_version).map(drop)
}

fn offer(
    node: &mut Node,
    folder: &Folder,
    document: Vec<u8>,
    ConfigSource { source, sha256 }: ConfigSource,
    api_version: String,
) -> io::Result<Offered> {
    let header = Header {
        source: source.into(),
        api_version: api_version.clone(),
        kept_sha256: sha256.clone(),
        sha256: sha256.clone(),
        smbios_uuid: machine_uuid(),
        instance_id: node.instance.instance_id.clone(),
    };
    let offered = steps::offer(folder, &Kept { header, document })?;
    if offered == Offered::Staged {
        node.emit(Body::GenerationStaged { source: source.into(), sha256, api_version });
    }
    Ok(offered)
}

fn report(node: &mut Node, written: io::Result<()>) {
    if let Err(error) = written.step(Code::PathUnwritable, "write", format!("{STATE}/{FOLDER}")) {
        node.warn(error, None);
    }
}

#[cfg(test)]
mod tests;
