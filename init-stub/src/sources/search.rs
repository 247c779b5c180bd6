//! The search for the machine config: every source that counts is asked. Two that disagree are an error: neither is chosen silently.

use crate::core::error::{Code, Error};
use crate::core::event::{Body, SourceVerdict};
use crate::core::hex::hex;
use crate::pid1::delays::Delays;
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::{ConfigSource, Instance, Node};
use crate::pid1::wait;
use crate::sources::fetch::Online;
use crate::sources::late::{LateMedia, without_disk};
use crate::sources::meaning::is_same;
use crate::sources::requirements::CmdlineRequirements;
use crate::sources::unpack::unpack;
use crate::sources::{self, Class, Found, Source, SourceAnswer, config_required, platform, value};
use crate::sys::clock::mono_ms;
use sha2::{Digest, Sha256};

/// How long a source of the network is waited for when KEEL-STATE has a valid config; otherwise forever.
const WITH_STATE_MS: u64 = 10_000;

/// Brings the network up as far as a source needs it.
pub type BringUp = fn(&mut Node) -> Result<(), Interrupt>;

/// Leaves the one document in `node.document`; nothing when there is none and none is required.
pub fn run(node: &mut Node, bring_up: BringUp) -> Result<(), Interrupt> {
    let mut search = Search::new(CmdlineRequirements::read(value)?, bring_up);
    let late = LateMedia::new(search.requirements.timeout_ms);
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
        search.take_kept(node)?;
    }
    search.end(node)
}

fn of_class(fits: impl Fn(Class) -> bool) -> impl Iterator<Item = &'static Source> {
    sources::all().filter(move |source| fits(source.class))
}

/// A document that may become the machine config.
struct Candidate {
    source: &'static Source,
    document: Vec<u8>,
    instance: Instance,
}

/// What the sources have said so far.
struct Search {
    bring_up: BringUp,
    requirements: CmdlineRequirements,
    chosen: Option<Candidate>,
    /// Who has none.
    asked: Vec<&'static str>,
    /// Sentences about media that are there without a document.
    notes: Vec<String>,
    /// Documents that are not machine configs, and what KEEL-STATE keeps for another machine or another version.
    foreign: Vec<Error>,
    /// Why sources of the network were given up.
    lost: Vec<Error>,
    /// What the source `state` says, once it was asked.
    kept: Option<SourceAnswer>,
}

impl Search {
    fn new(requirements: CmdlineRequirements, bring_up: BringUp) -> Self {
        Self {
            bring_up,
            requirements,
            chosen: None,
            asked: Vec::new(),
            notes: Vec::new(),
            foreign: Vec::new(),
            lost: Vec::new(),
            kept: None,
        }
    }

    /// Asks a source until it says something else than "later".
    fn ask(&mut self, node: &mut Node, source: &'static Source) -> Result<(), Interrupt> {
        let answer = match (source.ask)(node)? {
            SourceAnswer::NeedsNetwork => self.ask_over_network(node, source)?,
            answer => answer,
        };
        self.take(node, source, answer)
    }

    fn take(&mut self, node: &mut Node, source: &'static Source, answer: SourceAnswer) -> Result<(), Interrupt> {
        let mut instance = Instance::default();
        let candidate = match answer {
            SourceAnswer::Config(found) => {
                instance = found.instance.clone();
                self.candidate(node, source, found)
            }
            SourceAnswer::Fatal(error) => Err(error.into()),
            SourceAnswer::NoConfig | SourceAnswer::NeedsNetwork | SourceAnswer::NoDocument(_) => {
                if let SourceAnswer::NoDocument(note) = answer {
                    self.notes.push(note);
                }
                self.asked.push(source.place);
                node.emit(answered(source, SourceVerdict::NoConfig, None));
                return Ok(());
            }
            SourceAnswer::Retry { error, .. } => {
                node.emit(answered(source, SourceVerdict::Retry, None));
                self.lost.push(error);
                return Ok(());
            }
        };
        match candidate {
            Ok(candidate) => self.agree(node, candidate),
            // Clouds and hypervisors attach documents of their own, so this one may simply not be for Keel. And what KEEL-STATE
            // keeps may be of another machine, or for another keel-init.
            Err(Interrupt::Failed(error)) if is_of_others(error.code) => {
                node.emit(answered(source, SourceVerdict::Fatal, None));
                // Its provider's name for the machine is for everybody.
                node.take_instance(instance);
                self.foreign.push(error);
                Ok(())
            }
            Err(interrupt) => {
                let error = interrupt.failure()?;
                node.emit(answered(source, SourceVerdict::Fatal, None));
                Err(error.into())
            }
        }
    }

    fn candidate(&self, node: &mut Node, source: &'static Source, found: Found) -> Result<Candidate, Interrupt> {
        let document = unpack(node, found.bytes, source.place)?;
        let digest = hex(&Sha256::digest(&document));
        node.emit(answered(source, SourceVerdict::Config, Some((&digest, document.len()))));
        if self.requirements.digest.as_ref().is_some_and(|wanted| *wanted != digest) {
            return Err(Error::new(Code::ConfigDigestMismatch, "compare", source.place)
                .with_detail(format!("its SHA-256 is {digest}"))
                .into());
        }
        Ok(Candidate { source, document, instance: found.instance })
    }

    /// The same config may be written in two ways; then the first counts.
    fn agree(&mut self, node: &mut Node, candidate: Candidate) -> Result<(), Interrupt> {
        match &self.chosen {
            None => self.chosen = Some(candidate),
            Some(first) if first.document == candidate.document => {}
            Some(first) if is_same(node, &first.document, &candidate.document)? => {}
            Some(first) => {
                let both = format!("{} and {}", first.source.place, candidate.source.place);
                return Err(Error::new(Code::SourcesDisagree, "choose between", both)
                    .with_detail("both have a machine config, and the two say different things")
                    .into());
            }
        }
        Ok(())
    }

    /// Asks again and again, later each time. The power button works in every wait.
    fn ask_over_network(&mut self, node: &mut Node, source: &'static Source) -> Result<SourceAnswer, Interrupt> {
        let bound = match self.requirements.timeout_ms {
            Some(bound) => Some(bound),
            None => self.has_kept(node)?.then_some(WITH_STATE_MS),
        };
        let until = bound.map(|bound| mono_ms() + bound);
        let mut delays = Delays::default();
        loop {
            *node.state() = None::<Online>;
            let answer = match (self.bring_up)(node) {
                Ok(()) => {
                    *node.state() = Some(Online { until });
                    (source.ask)(node)?
                }
                Err(interrupt) => {
                    let error = interrupt.failure()?;
                    // It says the same at every attempt.
                    if error.code == Code::CmdlineInvalid {
                        return Ok(SourceAnswer::Fatal(error));
                    }
                    match Self::ask_without_lease(node, source, until)? {
                        Some(answer) => answer,
                        None => SourceAnswer::Retry { error, after_ms: None },
                    }
                }
            };
            let SourceAnswer::Retry { error, after_ms } = answer else { return Ok(answer) };
            let delay = delays.next(after_ms);
            if until.is_some_and(|until| mono_ms() + delay > until) {
                return Ok(SourceAnswer::Retry { error, after_ms });
            }
            if delays.worth_telling() {
                node.warn(error, Some(delay));
            }
            wait::pause(node, delay)?;
        }
    }

    /// Without a lease a service may still answer on the link itself, or by IPv6. If it does not, the lease is what is missing.
    fn ask_without_lease(
        node: &mut Node,
        source: &Source,
        until: Option<u64>,
    ) -> Result<Option<SourceAnswer>, Interrupt> {
        let Class::Platform(name) = source.class else { return Ok(None) };
        if platform::row(name).is_none_or(|row| !row.needs_no_lease()) {
            return Ok(None);
        }
        *node.state() = Some(Online { until });
        Ok(Some((source.ask)(node)?).filter(|answer| !matches!(answer, SourceAnswer::Retry { .. })))
    }

    /// Whether KEEL-STATE has a config that would serve.
    fn has_kept(&mut self, node: &mut Node) -> Result<bool, Interrupt> {
        if self.kept.is_none() {
            let state = of_class(|class| class == Class::State).next();
            self.kept = state.map(|source| (source.ask)(node)).transpose()?;
        }
        Ok(matches!(self.kept, Some(SourceAnswer::Config(_))))
    }

    /// Asks the media again for as long as new ones appear and nobody has a config. A document for another system may be
    /// in addition to one for Keel, so all are asked.
    fn await_media(&mut self, node: &mut Node, mut late: LateMedia) -> Result<(), Interrupt> {
        late.begin();
        while self.chosen.is_none() && late.next(node)? {
            // KEEL-STATE may be on a disk that is new, and the answers of the media are reported again.
            self.kept = None;
            self.notes.clear();
            for source in of_class(|class| class == Class::Medium) {
                self.asked.retain(|place| *place != source.place);
                self.foreign.retain(|error| error.object != source.place);
                self.ask(node, source)?;
            }
        }
        Ok(())
    }

    fn take_kept(&mut self, node: &mut Node) -> Result<(), Interrupt> {
        self.has_kept(node)?;
        match (of_class(|class| class == Class::State).next(), self.kept.take()) {
            (Some(source), Some(answer)) => self.take(node, source, answer),
            _ => Ok(()),
        }
    }

    fn end(mut self, node: &mut Node) -> Result<(), Interrupt> {
        let Some(chosen) = self.chosen.take() else { return self.missing(node) };
        for error in self.lost.into_iter().chain(self.foreign) {
            node.warn(error, None);
        }
        node.origin = Some(ConfigSource { source: chosen.source.name, sha256: hex(&Sha256::digest(&chosen.document)) });
        node.take_instance(chosen.instance);
        node.document = Some(chosen.document);
        Ok(())
    }

    /// There is no machine config. One failure ends the boot, the others are reported as well: a KEEL-STATE of another machine
    /// before a source that did not answer, and that before a document of another system.
    fn missing(self, node: &mut Node) -> Result<(), Interrupt> {
        let mut failures: Vec<Error> = self.lost.into_iter().chain(self.foreign).collect();
        failures.sort_by_key(|error| error.code != Code::StateForeign);
        let mut failures = failures.into_iter();
        let first = failures.next();
        for error in failures {
            node.warn(error, None);
        }
        match first {
            Some(error) => Err(error.into()),
            None if config_required() => {
                let asked = format!("asked without success: {}", self.asked.join("; "));
                let detail: Vec<String> = self.notes.into_iter().chain(without_disk()).chain([asked]).collect();
                Err(Error::new(Code::ConfigMissing, "find", "machine config").with_detail(detail.join("; ")).into())
            }
            None => Ok(()),
        }
    }
}

/// Whether a document is refused although it may be good for somebody else. What only the stage `verify` finds elsewhere comes from
/// KEEL-STATE here, whose worker has checked it already.
fn is_of_others(code: Code) -> bool {
    use Code::{ConfigForeign, ConfigRefused, ConfigTooNew, ConfigTooOld, StateForeign};
    matches!(code, ConfigForeign | StateForeign | ConfigRefused | ConfigTooNew | ConfigTooOld)
}

fn answered(source: &Source, answer: SourceVerdict, document: Option<(&str, usize)>) -> Body {
    Body::SourceAnswered {
        source: source.name,
        answer,
        sha256: document.map(|(digest, _)| digest.to_owned()),
        bytes: document.and_then(|(_, length)| u64::try_from(length).ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pid1::event_loop::EventLoop;
    use crate::pid1::report::Reporter;

    #[test]
    fn a_network_that_the_command_line_misspells_ends_the_search_at_once() {
        let mut node = Node::new(Reporter::begin(), EventLoop::open().unwrap(), &[]);
        let wrong: BringUp = |_| Err(Error::new(Code::CmdlineInvalid, "read", "keel.network=").into());
        let mut search = Search::new(CmdlineRequirements { timeout_ms: Some(500), digest: None }, wrong);
        let source = of_class(|class| class == Class::Explicit).next().unwrap();
        let answer = search.ask_over_network(&mut node, source).ok().unwrap();
        assert!(matches!(answer, SourceAnswer::Fatal(error) if error.code == Code::CmdlineInvalid));
    }
}
