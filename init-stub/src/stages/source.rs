//! Stage `source`: ask every source. Two that disagree are an error: neither may win in silence.

use crate::error::{Code, Error, Result};
use crate::event::{Answer, Body};
use crate::node::{Node, Origin};
use crate::observe::hex;
use crate::sources::unpack::unpack;
use crate::sources::{Said, Source, TABLE, config_required};
use sha2::{Digest, Sha256};

const STAGE: &str = "source";

/// Leaves the one document in `node.document`; None when there is none and none is required.
pub fn run(node: &mut Node) -> Result<()> {
    let mut found: Option<(&Source, Vec<u8>)> = None;
    for source in &TABLE {
        let Some(document) = ask(node, source)? else { continue };
        match &found {
            None => found = Some((source, document)),
            Some((_, first)) if *first == document => {}
            Some((first, _)) => {
                let both = format!("{} and {}", first.place, source.place);
                return Err(Error::new(Code::ConfigRefused, STAGE, "choose between", both)
                    .with_detail("both have a machine config, and the two differ; remove one"));
            }
        }
    }
    if found.is_none() && config_required() {
        let asked: Vec<&str> = TABLE.iter().map(|source| source.place).collect();
        return Err(Error::new(Code::ConfigMissing, STAGE, "find", "machine config")
            .with_detail(format!("asked in vain: {}", asked.join("; "))));
    }
    if let Some((source, document)) = found {
        node.origin = Some(Origin { source: source.name, sha256: hex(&Sha256::digest(&document)) });
        node.document = Some(document);
    }
    Ok(())
}

fn ask(node: &mut Node, source: &Source) -> Result<Option<Vec<u8>>> {
    let answer = |answer, document: Option<&[u8]>| Body::SourceAnswered {
        source: source.name,
        answer,
        sha256: document.map(|bytes| hex(&Sha256::digest(bytes))),
        bytes: document.and_then(|bytes| u64::try_from(bytes.len()).ok()),
    };
    let unpacked = match (source.ask)(node) {
        Said::NoConfig => {
            node.emit(answer(Answer::NoConfig, None));
            return Ok(None);
        }
        Said::Config(found) => {
            node.identity = found.identity;
            unpack(node, found.bytes, source.place)
        }
        Said::Retry { error, .. } | Said::Fatal(error) => Err(error),
    };
    match unpacked {
        Ok(document) => {
            node.emit(answer(Answer::Config, Some(&document)));
            Ok(Some(document))
        }
        Err(error) => {
            node.emit(answer(Answer::Fatal, None));
            Err(error)
        }
    }
}
