//! Kernel modules by the image's index, `/lib/modules/<release>/modules.keel`.

pub mod devices;
mod job;
pub mod worker;

use crate::core::error::{Code, Error, Result};
use crate::pid1::interrupt::Interrupt;
use crate::pid1::job::Call;
use crate::pid1::node::Node;
use crate::pid1::task::{self, Command, Task};
use crate::pid1::wait;
use crate::sys::{clock::kernel_release, kernel::load_module};
use job::LoadJob;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// The index: every module of the image with its file and what it needs.
#[derive(Deserialize)]
pub struct Index {
    modules: BTreeMap<String, Module>,
    #[serde(skip)]
    directory: String,
}

/// The other half of the index, which only the modprobe applet needs: pattern and module name.
#[derive(Deserialize)]
struct Aliases {
    aliases: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct Module {
    file: String,
    deps: Vec<String>,
}

/// What the image lists; the names are the job.
static OF_IMAGE: Task = Task {
    name: "modules of the image",
    stage: "modules",
    command: |_| Some(Command::worker("modules", &LoadJob::early(List::read().names()))),
    ..Task::DEFAULT
};
/// What this machine's devices ask for.
static OF_DEVICES: Task = Task {
    name: "modules of the devices",
    stage: "modules",
    command: |_| Some(Command::worker("devices", &())),
    ..Task::DEFAULT
};
/// What the config names.
static OF_CONFIG: Task = Task {
    name: "modules of the config",
    stage: "system",
    command: |node| {
        let names = std::mem::take(&mut node.state::<OfConfig>().0);
        (!names.is_empty()).then(|| Command::worker("modules", &LoadJob::early(names)))
    },
    ..Task::DEFAULT
};

#[derive(Default)]
struct OfConfig(Vec<String>);

/// Starts to load what the image lists, and at the same time what this machine's devices ask for. Loading is most of what init waits
/// for, and a controller's search for its disks most of loading, so both begin as early as they can. What fails here is
/// loaded by the stage that needs it.
pub fn begin(node: &mut Node) {
    task::start(node, &OF_DEVICES);
    task::start(node, &OF_IMAGE);
}

/// Starts to load what the stage `system` needs; that takes about as long as all stages until then.
pub fn load_early(node: &mut Node, names: &[String]) {
    node.state::<OfConfig>().0 = names.to_vec();
    task::start(node, &OF_CONFIG);
}

/// How long modules may take to load: a driver looks for its devices meanwhile, and an array of disks may have to spin up.
const LOADING: Duration = Duration::from_secs(300);

/// Loads modules that are not there yet, in order, while the event loop goes on; the first that cannot be loaded is the failure.
/// `pointer` is that of the list in the machine config, if they are of one.
pub fn load(node: &mut Node, names: &[String], pointer: Option<&str>) -> std::result::Result<(), Interrupt> {
    if names.iter().all(|name| live(&name.replace('-', "_"))) {
        return Ok(());
    }
    let job = LoadJob::required(names, pointer);
    let call = Call::to_do("modules", &job, LOADING, "kernel modules");
    wait::work(node, &call, Error::new(Code::ModuleRefused, "load", call.object))
}

/// Loads those of them that the image has, while the event loop goes on. What cannot be loaded is missing to its caller, who says so.
pub fn load_some(node: &mut Node, names: &[&str]) -> std::result::Result<(), Interrupt> {
    let job = LoadJob::early(names.iter().map(|name| (*name).to_owned()).collect());
    let call = Call::to_do("modules", &job, LOADING, "kernel modules");
    wait::worker(node, &call).map(drop).or_else(|interrupt| interrupt.failure().map(drop))
}

/// What a module is loaded with unless its device says something else. These make an interface as soon as they are loaded, whose name
/// (`bond0`, `dummy0`) the config may want for one of its own.
fn default_parameters(name: &str) -> &'static str {
    match name {
        "bonding" => "max_bonds=0",
        "dummy" => "numdummies=0",
        "ifb" => "numifbs=0",
        _ => "",
    }
}

/// Whether a module was loaded now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loaded {
    /// Just now.
    Now,
    /// It was there.
    Already,
}

impl Index {
    /// Reads the index of the running kernel.
    pub fn read() -> Result<Self> {
        let directory = format!("/lib/modules/{}", kernel_release());
        let path = format!("{directory}/modules.keel");
        let missing = |detail: String| Error::new(Code::ModuleMissing, "read", &path).with_detail(detail);
        let bytes = std::fs::read(&path).map_err(|e| missing(e.to_string()))?;
        let index: Self = serde_json::from_slice(&bytes).map_err(|e| missing(e.to_string()))?;
        Ok(Self { directory, ..index })
    }

    /// Loads a module and first what it needs.
    pub fn load(&self, name: &str) -> Result<Loaded> {
        self.load_with(name, default_parameters(name))
    }

    /// The same with parameters for the module itself.
    pub fn load_with(&self, name: &str, parameters: &str) -> Result<Loaded> {
        let name = name.replace('-', "_");
        if live(&name) {
            return Ok(Loaded::Already);
        }
        let module = self.modules.get(&name).ok_or_else(|| {
            Error::new(Code::ModuleMissing, "load module", &name).with_detail("the image has no such module")
        })?;
        for needed in module.deps.iter().filter(|needed| **needed != name) {
            self.load(needed)?;
        }
        match load_module(&format!("{}/{}", self.directory, module.file), parameters) {
            Ok(()) => Ok(Loaded::Now),
            // Somebody else, such as the kernel's own request, was faster.
            Err(e) if e.raw_os_error() == Some(libc::EEXIST) => Ok(Loaded::Already),
            Err(e) => Err(Error { errno: e.raw_os_error(), ..Error::new(Code::ModuleRefused, "load module", name) }),
        }
    }

    /// Whether the image has a module of this name.
    pub fn has(&self, name: &str) -> bool {
        self.modules.contains_key(&name.replace('-', "_"))
    }
}

/// The modules that an alias means, as the kernel asks for them: `fs-overlay`, `net-pf-16-proto-12`.
pub fn names_of_alias(alias: &str) -> Vec<String> {
    let index = std::fs::read(format!("/lib/modules/{}/modules.keel", kernel_release())).unwrap_or_default();
    names_in(&index, alias)
}

fn names_in(index: &[u8], alias: &str) -> Vec<String> {
    let Ok(index) = serde_json::from_slice::<Aliases>(index) else { return Vec::new() };
    index
        .aliases
        .into_iter()
        .filter(|(pattern, _)| matches(pattern.as_bytes(), alias.as_bytes()))
        .map(|(_, name)| name)
        .collect()
}

/// The image's own list, one name per line, in order.
pub struct List(String);

impl List {
    /// Reads it; without the file it is empty.
    pub fn read() -> Self {
        Self(std::fs::read_to_string("/etc/keel/modules").unwrap_or_default())
    }

    /// The names.
    pub fn names(&self) -> Vec<String> {
        let lines = self.0.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.map(str::to_owned).collect()
    }
}

/// Whether a module is loaded or part of the kernel.
pub fn live(name: &str) -> bool {
    if let Ok(state) = std::fs::read_to_string(format!("/sys/module/{name}/initstate")) {
        return state.trim() == "live";
    }
    // A part of the kernel has a directory if it has parameters, and a line in the kernel's list if that is shipped.
    std::path::Path::new("/sys/module").join(name).exists()
        || std::fs::read_to_string(format!("/lib/modules/{}/modules.builtin", kernel_release()))
            .unwrap_or_default()
            .lines()
            .any(|line| {
                line.rsplit('/')
                    .next()
                    .and_then(|file| file.strip_suffix(".ko"))
                    .is_some_and(|known| known.replace('-', "_") == name)
            })
}

/// Shell-like matching with `*`, `?` and `[a-z]`, as module aliases use it; `-` and `_` are the same.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let same = |a: u8, b: u8| a == b || (matches!(a, b'-' | b'_') && matches!(b, b'-' | b'_'));
    match (pattern, text) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => {
            matches(rest, text) || text.split_first().is_some_and(|(_, shorter)| matches(pattern, shorter))
        }
        ([b'?', rest @ ..], [_, shorter @ ..]) => matches(rest, shorter),
        ([b'[', rest @ ..], [byte, shorter @ ..]) => {
            let Some(end) = rest.iter().position(|b| *b == b']') else { return false };
            let Some((set, rest)) = rest.split_at_checked(end) else { return false };
            in_set(set, *byte) && matches(rest.get(1..).unwrap_or_default(), shorter)
        }
        ([wanted, rest @ ..], [byte, shorter @ ..]) => same(*wanted, *byte) && matches(rest, shorter),
        _ => false,
    }
}

fn in_set(set: &[u8], byte: u8) -> bool {
    match set {
        [low, b'-', high, rest @ ..] => (*low..=*high).contains(&byte) || in_set(rest, byte),
        [one, rest @ ..] => *one == byte || in_set(rest, byte),
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_finds_its_module() {
        let index = br#"{"modules":{},"aliases":[["fs-overlay","overlay"],["virtio:d0000000[1-2]v*","virtio_net"],["nft-expr-?","nft"]]}"#;
        let found = |alias: &str| names_in(index, alias);
        assert_eq!(found("fs_overlay"), ["overlay"]);
        assert_eq!(found("virtio:d00000001v00001AF4"), ["virtio_net"]);
        assert_eq!(found("nft-expr-2"), ["nft"]);
        assert!(found("fs-ext9").is_empty());
    }
}
