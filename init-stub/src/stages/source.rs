//! Stage `source`: ask every source that counts. Two that disagree are an error: neither may win in silence.

use crate::delays::Delays;
use crate::error::{Code, Error, Result};
use crate::event::{Answer, Body};
use crate::node::{Identity, Node, Online, Origin};
use crate::observe::hex;
use crate::sources::demands::Demands;
use crate::sources::late::{LateMedia, without_disk};
use crate::sources::meaning::is_same;
use crate::sources::unpack::unpack;
use crate::sources::{Class, Found, Said, Source, TABLE, config_required, platform, value};
use crate::sys::clock::mono_ms;
use crate::{beside, clock, network};
use sha2::{Digest, Sha256};

const STAGE: &str = "source";
/// How long a source of the network is waited for when KEEL-STATE has a copy that serves; otherwise for ever.
const WITH_COPY_MS: u64 = 10_000;

/// Leaves the one document in `node.document`; nothing when there is none and none is required.
pub fn run(node: &mut Node) -> Result<()> {
    let mut search = Search { demands: Demands::read(value)?, ..Search::default() };
    let late = LateMedia::new(search.demands.timeout_ms);
    let platform = platform::detect()?;
    for source in of_class(|class| matches!(class, Class::Explicit | Class::Local | Class::Medium)) {
        search.ask(node, source)?;
    }
    if let (None, Some((name, by))) = (&search.chosen, platform) {
        node.emit(Body::PlatformDetected { platform: name, by });
        for source in of_class(|class| class == Class::Platform(name)) {
            if search.chosen.is_none() {
                search.ask(node, source)?;
            }
        }
    }
    if search.chosen.is_none() {
        search.await_media(node, late)?;
    }
    if search.chosen.is_none() {
        search.take_copy(node)?;
    }
    search.end(node)
}

fn of_class(fits: impl Fn(Class) -> bool) -> impl Iterator<Item = &'static Source> {
    // A const item is made anew at each use, so its rows live only as a static does.
    static ROWS: &[Source] = &TABLE;
    ROWS.iter().filter(move |source| fits(source.class))
}

/// A document that may become the machine config.
struct Candidate {
    source: &'static Source,
    document: Vec<u8>,
    identity: Identity,
}

/// What the sources have said so far.
#[derive(Default)]
struct Search {
    demands: Demands,
    chosen: Option<Candidate>,
    /// Who has none.
    asked: Vec<&'static str>,
    /// Sentences about media that are there without a document.
    notes: Vec<String>,
    /// Documents that are no machine configs, and a copy that is of another machine.
    foreign: Vec<Error>,
    /// Why sources of the network were given up.
    lost: Vec<Error>,
    /// What the source `state` says, once it was asked.
    copy: Option<Said>,
}

impl Search {
    /// Asks a source until it says something else than "later".
    fn ask(&mut self, node: &mut Node, source: &'static Source) -> Result<()> {
        let said = match (source.ask)(node) {
            Said::NeedsNetwork => self.ask_over_network(node, source),
            said => said,
        };
        self.take(node, source, said)
    }

    fn take(&mut self, node: &mut Node, source: &'static Source, said: Said) -> Result<()> {
        let mut identity = Identity::default();
        let candidate = match said {
            Said::Config(found) => {
                identity = found.identity.clone();
                self.candidate(node, source, found)
            }
            Said::Fatal(error) => Err(error),
            Said::NoConfig | Said::NeedsNetwork | Said::NoDocument(_) => {
                if let Said::NoDocument(note) = said {
                    self.notes.push(note);
                }
                self.asked.push(source.place);
                node.emit(answered(source, Answer::NoConfig, None));
                return Ok(());
            }
            Said::Retry { error, .. } => {
                node.emit(answered(source, Answer::Retry, None));
                self.lost.push(error);
                return Ok(());
            }
        };
        match candidate {
            Ok(candidate) => self.agree(node, candidate),
            // Clouds and hypervisors attach documents of their own, so this one may simply not be for Keel.
            Err(error) if matches!(error.code, Code::ConfigForeign | Code::StateForeign) => {
                node.emit(answered(source, Answer::Fatal, None));
                // Its provider's name for the machine is for everybody.
                node.take_name(identity);
                self.foreign.push(error);
                Ok(())
            }
            Err(error) => {
                node.emit(answered(source, Answer::Fatal, None));
                Err(error)
            }
        }
    }

    fn candidate(&self, node: &mut Node, source: &'static Source, found: Found) -> Result<Candidate> {
        let document = unpack(node, found.bytes, source.place)?;
        let digest = hex(&Sha256::digest(&document));
        node.emit(answered(source, Answer::Config, Some((&digest, document.len()))));
        if self.demands.digest.as_ref().is_some_and(|wanted| *wanted != digest) {
            return Err(Error::new(Code::ConfigDigestMismatch, STAGE, "compare", source.place)
                .with_detail(format!("its SHA-256 is {digest}")));
        }
        Ok(Candidate { source, document, identity: found.identity })
    }

    /// The same config may be written in two ways; then the first counts.
    fn agree(&mut self, node: &mut Node, candidate: Candidate) -> Result<()> {
        match &self.chosen {
            None => self.chosen = Some(candidate),
            Some(first) if first.document == candidate.document => {}
            Some(first) if is_same(node, &first.document, &candidate.document)? => {}
            Some(first) => {
                let both = format!("{} and {}", first.source.place, candidate.source.place);
                return Err(Error::new(Code::SourcesDisagree, STAGE, "choose between", both)
                    .with_detail("both have a machine config, and the two say different things"));
            }
        }
        Ok(())
    }

    /// Asks again and again, later each time. The power button works in every wait.
    fn ask_over_network(&mut self, node: &mut Node, source: &'static Source) -> Said {
        let bound = self.demands.timeout_ms.or_else(|| self.has_copy(node).then_some(WITH_COPY_MS));
        let until = bound.map(|bound| mono_ms() + bound);
        let mut delays = Delays::default();
        loop {
            node.online = None;
            let said = match network::start_minimal(node) {
                Ok(()) => {
                    clock::ensure_plausible(node);
                    node.online = Some(Online { until });
                    (source.ask)(node)
                }
                Err(error) => match Self::ask_without_lease(node, source, until) {
                    Some(said) => said,
                    None => Said::Retry { error, after_ms: None },
                },
            };
            let Said::Retry { error, after_ms } = said else { return said };
            let wait = delays.next(after_ms);
            if until.is_some_and(|until| mono_ms() + wait > until) {
                return Said::Retry { error, after_ms };
            }
            if delays.worth_telling() {
                node.emit(Body::Failed { fatal: false, error, retry_in_ms: Some(wait) });
            }
            beside::pause(node, wait);
        }
    }

    /// Without a lease a service may still be on the link itself. If it is not there either, the lease is what is missing.
    fn ask_without_lease(node: &mut Node, source: &Source, until: Option<u64>) -> Option<Said> {
        let Class::Platform(name) = source.class else { return None };
        if !platform::row(name)?.on_the_link {
            return None;
        }
        node.online = Some(Online { until });
        Some((source.ask)(node)).filter(|said| !matches!(said, Said::Retry { .. }))
    }

    /// Whether KEEL-STATE has a copy that would serve.
    fn has_copy(&mut self, node: &mut Node) -> bool {
        if self.copy.is_none() {
            self.copy = of_class(|class| class == Class::State).next().map(|source| (source.ask)(node));
        }
        matches!(self.copy, Some(Said::Config(_)))
    }

    /// Asks the media again for as long as new ones appear and nobody has a config. A document for another system may be
    /// beside one for Keel, so all are asked.
    fn await_media(&mut self, node: &mut Node, mut late: LateMedia) -> Result<()> {
        late.begin();
        while self.chosen.is_none() && late.next(node)? {
            // The copy may be on a disk that is new, and what was said of the media is said again.
            self.copy = None;
            self.notes.clear();
            for source in of_class(|class| class == Class::Medium) {
                self.asked.retain(|place| *place != source.place);
                self.foreign.retain(|error| error.object != source.place);
                self.ask(node, source)?;
            }
        }
        Ok(())
    }

    fn take_copy(&mut self, node: &mut Node) -> Result<()> {
        self.has_copy(node);
        match (of_class(|class| class == Class::State).next(), self.copy.take()) {
            (Some(source), Some(said)) => self.take(node, source, said),
            _ => Ok(()),
        }
    }

    fn end(mut self, node: &mut Node) -> Result<()> {
        let Some(chosen) = self.chosen.take() else { return self.missing(node) };
        for error in self.lost.into_iter().chain(self.foreign) {
            node.emit(Body::Failed { fatal: false, error, retry_in_ms: None });
        }
        node.origin = Some(Origin { source: chosen.source.name, sha256: hex(&Sha256::digest(&chosen.document)) });
        node.take_name(chosen.identity);
        node.document = Some(chosen.document);
        Ok(())
    }

    /// There is no machine config. One failure ends the boot, the others are told beside it: a copy of another machine
    /// before a source that did not answer, and that before a document of another system.
    fn missing(self, node: &mut Node) -> Result<()> {
        let mut failures: Vec<Error> = self.lost.into_iter().chain(self.foreign).collect();
        failures.sort_by_key(|error| error.code != Code::StateForeign);
        let mut failures = failures.into_iter();
        let first = failures.next();
        for error in failures {
            node.emit(Body::Failed { fatal: false, error, retry_in_ms: None });
        }
        match first {
            Some(error) => Err(error),
            None if config_required() => {
                let asked = format!("asked in vain: {}", self.asked.join("; "));
                let detail: Vec<String> = self.notes.into_iter().chain(without_disk()).chain([asked]).collect();
                Err(Error::new(Code::ConfigMissing, STAGE, "find", "machine config").with_detail(detail.join("; ")))
            }
            None => Ok(()),
        }
    }
}

fn answered(source: &Source, answer: Answer, document: Option<(&str, usize)>) -> Body {
    Body::SourceAnswered {
        source: source.name,
        answer,
        sha256: document.map(|(digest, _)| digest.to_owned()),
        bytes: document.and_then(|(_, length)| u64::try_from(length).ok()),
    }
}
