//! What happens to the generations, each step so that a power cut at any moment leaves a whole current or previous one: a file
//! is written under a temporary name, synced, renamed, and the folder is synced.

use super::files::{Files, Reader};
use crate::core::config::LIMIT;
use crate::core::event::Generation;
use crate::core::hex::hex;
use crate::pid1::worker::{first_line, line};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io::{Error, ErrorKind, Result};

/// All of them, in the order in which they serve: what was steady last comes first, what never was comes last.
pub const IN_ORDER: [Generation; 3] = [Generation::Current, Generation::Previous, Generation::Staged];

/// The two files of a keel-init that kept one machine config.
const OLD_DOCUMENT: &str = "machine.json";
const OLD_HEADER: &str = "origin.json";

/// Longer than any [`Header`].
const HEADER_LIMIT: usize = 64 << 10;

/// The first line of a generation's file; the machine config follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Header {
    /// The source that gave it.
    pub source: String,
    /// Version of the machine schema that it names.
    #[serde(default = "first_version")]
    pub api_version: String,
    /// SHA-256 of what the source gave, in hexadecimal.
    pub sha256: String,
    /// SHA-256 of what is kept, which after a join is less.
    pub kept_sha256: String,
    /// The machine that keeps it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smbios_uuid: Option<String>,
    /// What the provider calls that machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<String>,
}

/// What was kept before there were others.
fn first_version() -> String {
    "keel/v1".into()
}

/// A generation that is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// What is kept with the machine config.
    pub header: Header,
    /// The machine config.
    pub document: Vec<u8>,
}

/// Name of a generation's file.
pub fn name_of(generation: Generation) -> &'static str {
    match generation {
        Generation::Staged => "staged",
        Generation::Current => "current",
        Generation::Previous => "previous",
    }
}

/// The name of a file that is being written.
fn temporary(generation: Generation) -> String {
    format!("{}~new", name_of(generation))
}

/// A generation. Not whole: [`is_damaged`] knows the error.
pub fn load(folder: &dyn Reader, generation: Generation) -> Result<Option<Kept>> {
    match own_file(folder, generation)? {
        None if generation == Generation::Current => old(folder),
        kept => Ok(kept),
    }
}

/// What is kept with a generation. It may be whole where the machine config is not, and it says whose all the rest is.
pub fn header(folder: &dyn Reader, generation: Generation) -> Result<Option<Header>> {
    let first = |bytes: Vec<u8>| match first_line(&bytes) {
        Some((header, _)) => Ok(Some(header)),
        None => Err(damaged("its first line")),
    };
    match (folder.read(name_of(generation), HEADER_LIMIT)?, generation) {
        (Some(bytes), _) => first(bytes),
        (None, Generation::Current) => match folder.read(OLD_HEADER, HEADER_LIMIT)? {
            Some(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|_| damaged(OLD_HEADER)),
            None => Ok(None),
        },
        (None, _) => Ok(None),
    }
}

fn own_file(folder: &dyn Reader, generation: Generation) -> Result<Option<Kept>> {
    folder.read(name_of(generation), HEADER_LIMIT + LIMIT)?.map(|bytes| decode(&bytes)).transpose()
}

/// A generation from the bytes of its file.
pub fn decode(bytes: &[u8]) -> Result<Kept> {
    let (header, document) = first_line(bytes).ok_or_else(|| damaged("its first line"))?;
    whole(header, document)
}

/// The bytes of its file.
pub fn encode(kept: &Kept) -> Vec<u8> {
    let mut bytes = line(&kept.header);
    bytes.extend(&kept.document);
    bytes
}

/// The one machine config that an older keel-init has kept.
fn old(folder: &dyn Reader) -> Result<Option<Kept>> {
    match (folder.read(OLD_DOCUMENT, LIMIT)?, folder.read(OLD_HEADER, HEADER_LIMIT)?) {
        (Some(document), Some(header)) => {
            let header = serde_json::from_slice(&header).map_err(|_| damaged(OLD_HEADER))?;
            whole(header, document).map(Some)
        }
        (None, None) => Ok(None),
        _ => Err(damaged("one of its two files")),
    }
}

fn whole(header: Header, document: Vec<u8>) -> Result<Kept> {
    if hex(&Sha256::digest(&document)) != header.kept_sha256 {
        return Err(damaged("its digest"));
    }
    Ok(Kept { header, document })
}

fn damaged(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, format!("it is damaged: {what} is not what was written"))
}

/// Whether a generation is there and not whole; other errors are of the disk.
pub fn is_damaged(error: &Error) -> bool {
    error.kind() == ErrorKind::InvalidData
}

/// Writes a generation in one step.
pub fn put(folder: &dyn Files, generation: Generation, kept: &Kept) -> Result<()> {
    folder.write(&temporary(generation), &encode(kept))?;
    folder.rename(&temporary(generation), name_of(generation))?;
    folder.sync()
}

/// Removes what a power cut left unfinished, and makes what an older keel-init has kept the current generation.
pub fn settle(folder: &dyn Files) -> Result<()> {
    for generation in IN_ORDER {
        folder.remove(&temporary(generation))?;
    }
    let is_there = |generation| Ok::<_, Error>(folder.read(name_of(generation), 1)?.is_some());
    if !is_there(Generation::Current)? {
        if let Ok(Some(kept)) = old(folder) {
            put(folder, Generation::Current, &kept)?;
        }
    }
    // One that is damaged says at least whose KEEL-STATE this is, until another does.
    if is_there(Generation::Current)? || is_there(Generation::Staged)? {
        let (document, header) = (folder.remove(OLD_DOCUMENT)?, folder.remove(OLD_HEADER)?);
        if document || header {
            folder.sync()?;
        }
    }
    Ok(())
}

/// Notes in every generation which machine keeps it. It is another one only where the operator accepted that
/// ([`super::owner`]), once: the next boot needs no word on the command line.
pub fn own(folder: &dyn Files, smbios_uuid: Option<&String>, instance_id: Option<&String>) -> Result<()> {
    for generation in IN_ORDER {
        let Some(noted) = unless_damaged(header(folder, generation))? else { continue };
        let owned = Header {
            smbios_uuid: smbios_uuid.cloned(),
            instance_id: instance_id.cloned().or_else(|| noted.instance_id.clone()),
            ..noted.clone()
        };
        if owned == noted {
            continue;
        }
        if let Some(Kept { document, .. }) = unless_damaged(load(folder, generation))? {
            put(folder, generation, &Kept { header: owned, document })?;
        }
    }
    Ok(())
}

/// What became of a machine config that a source gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offered {
    /// It is the current generation, as before.
    IsCurrent,
    /// It is the staged one, as before.
    IsStaged,
    /// It was staged now.
    Staged,
}

/// Stages a machine config, unless it is there already: then nothing is written but the source, if that is another one.
pub fn offer(folder: &dyn Files, given: &Kept) -> Result<Offered> {
    let is_it = |generation| -> Result<bool> {
        let noted = unless_damaged(header(folder, generation))?;
        if noted.is_none_or(|noted| noted.sha256 != given.header.sha256) {
            return Ok(false);
        }
        let Some(mut kept) = unless_damaged(load(folder, generation))? else { return Ok(false) };
        if kept.header.source != given.header.source {
            kept.header.source.clone_from(&given.header.source);
            put(folder, generation, &kept)?;
        }
        Ok(true)
    };
    if is_it(Generation::Current)? {
        // The source has taken back what was never steady.
        if folder.remove(name_of(Generation::Staged))? {
            folder.sync()?;
        }
        return Ok(Offered::IsCurrent);
    }
    if is_it(Generation::Staged)? {
        return Ok(Offered::IsStaged);
    }
    put(folder, Generation::Staged, given)?;
    Ok(Offered::Staged)
}

/// Whether [`offer`] would write a generation.
pub fn is_new(headers: &[(Generation, Header)], sha256: &str) -> bool {
    let known =
        |(generation, header): &(Generation, Header)| *generation != Generation::Previous && header.sha256 == sha256;
    !headers.iter().any(known)
}

/// The staged generation becomes the current one, and that the previous one; false: another one is staged by now. Between the
/// two renames there is no current one, and the previous one serves.
pub fn commit(folder: &dyn Files, sha256: &str) -> Result<bool> {
    let (staged, current) = (name_of(Generation::Staged), name_of(Generation::Current));
    let kept = unless_damaged(own_file(folder, Generation::Staged))?;
    if kept.is_none_or(|kept| kept.header.sha256 != sha256) {
        return Ok(false);
    }
    // One that is damaged must not take the place of a previous one that is whole.
    if unless_damaged(own_file(folder, Generation::Current))?.is_some() {
        folder.rename(current, name_of(Generation::Previous))?;
    }
    folder.rename(staged, current)?;
    folder.sync()?;
    Ok(true)
}

/// Changes the machine config of a generation; what the source gave stays known by its digest.
pub fn replace_document(folder: &dyn Files, generation: Generation, kept: Kept, document: Vec<u8>) -> Result<()> {
    let header = Header { kept_sha256: hex(&Sha256::digest(&document)), ..kept.header };
    put(folder, generation, &Kept { header, document })
}

/// Takes away a generation that serves nobody.
pub fn discard(folder: &dyn Files, generation: Generation) -> Result<()> {
    folder.remove(name_of(generation))?;
    folder.sync()
}

/// A damaged one counts as none: a new one repairs it.
fn unless_damaged<T>(loaded: Result<Option<T>>) -> Result<Option<T>> {
    match loaded {
        Err(error) if is_damaged(&error) => Ok(None),
        loaded => loaded,
    }
}
