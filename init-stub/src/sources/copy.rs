//! The copy of the machine config on KEEL-STATE. It serves when the source that gave the config is gone or cannot be
//! reached; every boot that reads its source again compares, and writes only what has changed.

pub mod owner;

use crate::core::config::LIMIT;
use crate::core::error::{Code, Result, Step};
use crate::core::hex::hex;
use crate::pid1::node::Node;
use crate::sources::smbios::machine_uuid;
use crate::sys::ext4::checkpoint;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Where KEEL-STATE is mounted.
pub const STATE: &str = "/keel/state";
/// The copy's folder on it.
pub const FOLDER: &str = "config";
/// The machine config in that folder.
pub const DOCUMENT: &str = "machine.json";
/// Where the machine config came from, in that folder.
pub const ORIGIN: &str = "origin.json";
/// A copy that is being written.
const TEMPORARY: &str = "config~new";

/// What is kept with the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    /// The source that gave it.
    pub source: String,
    /// SHA-256 of what the source gave, in hexadecimal.
    pub sha256: String,
    /// SHA-256 of what is kept, which after a join is less.
    pub kept_sha256: String,
    /// The machine that it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smbios_uuid: Option<String>,
    /// What the provider calls that machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<String>,
}

/// Keeps the verified document, if there is a KEEL-STATE; where the document is from there, only whose it is. A copy that cannot be
/// written is reported and ends no boot: the node is what its config says without it.
pub fn keep(node: &mut Node) {
    let (Some(document), Some(from)) = (node.document.take(), node.origin.clone()) else { return };
    let has_state = node.config.as_ref().is_some_and(|c| c.storage.filesystems.iter().any(|f| f.mount_path == STATE));
    if !has_state {
        return;
    }
    let written = if from.source == "state" {
        take_over(Path::new(STATE), machine_uuid())
    } else {
        let origin = Origin {
            source: from.source.into(),
            kept_sha256: from.sha256.clone(),
            sha256: from.sha256,
            smbios_uuid: machine_uuid(),
            instance_id: node.instance.instance_id.clone(),
        };
        update(Path::new(STATE), &document, origin)
    };
    if let Err(error) = written.step(Code::PathUnwritable, "write", folder()) {
        node.warn(error, None);
    }
}

/// Takes the secrets of the join out of the copy: the node has joined, and the disk must not disclose them. To be
/// called at every boot of a node that has joined, because a changed config has been kept whole.
pub fn redact_join_secrets() -> Result<()> {
    forget_discovery(Path::new(STATE)).step(Code::PathUnwritable, "write", folder())
}

fn folder() -> String {
    format!("{STATE}/{FOLDER}")
}

/// Writes the copy unless the one that is there came from the same document of the same source.
fn update(state: &Path, document: &[u8], origin: Origin) -> io::Result<()> {
    discard(&state.join(TEMPORARY))?;
    let same = |kept: &Origin| Origin { kept_sha256: kept.kept_sha256.clone(), ..origin.clone() } == *kept;
    match read(state) {
        Ok((_, kept)) if same(&kept) => Ok(()),
        // Whatever is wrong with the copy that is there, a new one repairs it.
        _ => write(state, document, &origin),
    }
}

/// Notes this machine as the one that wrote the copy. It is another one only where the operator accepted that
/// ([`owner`]), once: the next boot needs no word on the command line.
fn take_over(state: &Path, smbios_uuid: Option<String>) -> io::Result<()> {
    let (document, origin) = read(state)?;
    if origin.smbios_uuid == smbios_uuid {
        return Ok(());
    }
    write(state, &document, &Origin { smbios_uuid, ..origin })
}

fn forget_discovery(state: &Path) -> io::Result<()> {
    let (document, origin) = match read(state) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
        read => read?,
    };
    let mut config: Value = serde_json::from_slice(&document)?;
    let joined = json!({ "type": "joined" });
    match config.pointer_mut("/kubernetes/discovery") {
        Some(discovery) if *discovery != joined => *discovery = joined,
        _ => return Ok(()),
    }
    let document = serde_json::to_vec(&config)?;
    write(state, &document, &Origin { kept_sha256: hex(&Sha256::digest(&document)), ..origin })
}

/// The copy, if it is whole.
fn read(state: &Path) -> io::Result<(Vec<u8>, Origin)> {
    let folder = state.join(FOLDER);
    whole(bytes(&folder.join(DOCUMENT))?, &bytes(&folder.join(ORIGIN))?)
}

/// What a file holds, as far as a document can go: a larger file must not fill the memory of PID 1.
fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(u64::try_from(LIMIT).unwrap_or(u64::MAX)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A document and what is kept with it, if they belong together.
pub fn whole(document: Vec<u8>, origin: &[u8]) -> io::Result<(Vec<u8>, Origin)> {
    let origin: Origin = serde_json::from_slice(origin)?;
    if hex(&Sha256::digest(&document)) != origin.kept_sha256 {
        return Err(io::Error::other("its digest is not the one that was noted"));
    }
    Ok((document, origin))
}

/// Both files change places with the old ones in one step, so that no cut leaves one new and one old.
fn write(state: &Path, document: &[u8], origin: &Origin) -> io::Result<()> {
    let (temporary, folder) = (state.join(TEMPORARY), state.join(FOLDER));
    discard(&temporary)?;
    fs::create_dir(&temporary)?;
    create(&temporary.join(DOCUMENT), document)?;
    create(&temporary.join(ORIGIN), &serde_json::to_vec(origin)?)?;
    File::open(&temporary)?.sync_all()?;
    let flags = if folder.exists() { RenameFlags::EXCHANGE } else { RenameFlags::NOREPLACE };
    renameat_with(CWD, &temporary, CWD, &folder, flags)?;
    let state = File::open(state)?;
    state.sync_all()?;
    discard(&temporary)?;
    // The next boot reads the copy without replaying the journal, so it must not be only there. A filesystem that
    // cannot be synced has no journal.
    let _ = checkpoint(&state);
    Ok(())
}

fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn discard(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
