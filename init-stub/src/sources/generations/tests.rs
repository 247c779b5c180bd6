use super::files::{Files, Folder, Reader};
use super::steps::*;
use crate::core::event::Generation::{Current, Previous, Staged};
use crate::core::hex::hex;
use crate::scratch::Scratch;
use sha2::{Digest, Sha256};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fs;
use std::io::{Error, Result};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

const HERE: &str = "4c4c4544-0042";

/// What a source gives.
fn given(text: &str) -> Kept {
    let sha256 = hex(&Sha256::digest(text));
    let header = Header {
        source: "nocloud".into(),
        api_version: "keel/v1".into(),
        kept_sha256: sha256.clone(),
        sha256,
        smbios_uuid: Some(HERE.into()),
        instance_id: None,
    };
    Kept { header, document: text.into() }
}

fn digest(text: &str) -> String {
    given(text).header.sha256
}

/// The machine configs of the staged, the current and the previous generation.
fn texts(folder: &dyn Reader) -> [Option<String>; 3] {
    [Staged, Current, Previous].map(|generation| {
        let kept = load(folder, generation).unwrap_or_default();
        kept.map(|kept| String::from_utf8(kept.document).unwrap())
    })
}

fn some(texts: [&str; 3]) -> [Option<String>; 3] {
    texts.map(|text| Some(text.to_owned()).filter(|text| !text.is_empty()))
}

/// A whole life: each config was steady.
fn after(folder: &dyn Files, configs: &[&str]) {
    for text in configs {
        settle(folder).unwrap();
        offer(folder, &given(text)).unwrap();
        commit(folder, &digest(text)).unwrap();
    }
}

/// The two files of a keel-init that kept one machine config.
fn old_layout(text: &str) -> [(&'static str, Vec<u8>); 2] {
    let mut header = serde_json::to_value(given(text).header).unwrap();
    header.as_object_mut().unwrap().remove("apiVersion");
    [("machine.json", text.into()), ("origin.json", serde_json::to_vec(&header).unwrap())]
}

#[test]
fn a_config_is_staged_once_and_is_the_current_one_when_it_was_steady() {
    let folder = Model::default();
    for (text, offered, staged, committed) in [
        ("a", Offered::Staged, ["a", "", ""], ["", "a", ""]),
        ("a", Offered::IsCurrent, ["", "a", ""], ["", "a", ""]),
        ("b", Offered::Staged, ["b", "a", ""], ["", "b", "a"]),
        ("c", Offered::Staged, ["c", "b", "a"], ["", "c", "b"]),
        // Back to what was there before.
        ("b", Offered::Staged, ["b", "c", "b"], ["", "b", "c"]),
    ] {
        assert_eq!(offer(&folder, &given(text)).unwrap(), offered);
        assert_eq!(texts(&folder), some(staged));
        assert_eq!(commit(&folder, &digest(text)).unwrap(), offered == Offered::Staged);
        assert_eq!(texts(&folder), some(committed));
    }
}

#[test]
fn what_is_there_already_is_not_written_again() {
    let folder = Model::default();
    after(&folder, &["a"]);
    let before = folder.writes.get();
    settle(&folder).unwrap();
    own(&folder, Some(&HERE.into()), None).unwrap();
    assert_eq!(offer(&folder, &given("a")).unwrap(), Offered::IsCurrent);
    assert_eq!(offer(&folder, &given("b")).unwrap(), Offered::Staged);
    let one = folder.writes.get() - before;
    for _ in 0..3 {
        settle(&folder).unwrap();
        own(&folder, Some(&HERE.into()), None).unwrap();
        assert_eq!(offer(&folder, &given("b")).unwrap(), Offered::IsStaged);
    }
    // Written, its bytes synced, renamed, its name synced.
    assert_eq!((one, folder.writes.get() - before), (4, 4));
}

#[test]
fn what_never_was_steady_is_not_committed_for_another_and_goes_where_the_source_takes_it_back() {
    let folder = Model::default();
    after(&folder, &["a"]);
    offer(&folder, &given("b")).unwrap();
    assert!(!commit(&folder, &digest("c")).unwrap());
    assert_eq!(texts(&folder), some(["b", "a", ""]));
    offer(&folder, &given("a")).unwrap();
    assert_eq!(texts(&folder), some(["", "a", ""]));
}

#[test]
fn another_source_of_the_same_config_is_noted() {
    let folder = Model::default();
    after(&folder, &["a"]);
    let mut other = given("a");
    other.header.source = "fw-cfg".into();
    assert_eq!(offer(&folder, &other).unwrap(), Offered::IsCurrent);
    assert_eq!(load(&folder, Current).unwrap(), Some(other));
}

#[test]
fn every_generation_says_which_machine_keeps_it() {
    let folder = Model::default();
    after(&folder, &["a", "b"]);
    offer(&folder, &given("c")).unwrap();
    own(&folder, Some(&"other".into()), Some(&"i-1".into())).unwrap();
    own(&folder, Some(&"other".into()), None).unwrap();
    for generation in IN_ORDER {
        let header = header(&folder, generation).unwrap().unwrap();
        assert_eq!((header.smbios_uuid.as_deref(), header.instance_id.as_deref()), (Some("other"), Some("i-1")));
    }
    assert_eq!(texts(&folder), some(["c", "b", "a"]));
}

#[test]
fn one_that_is_damaged_is_none_and_takes_no_place() {
    let folder = Model::default();
    after(&folder, &["a", "b"]);
    folder.spoil("current");
    assert!(is_damaged(&load(&folder, Current).unwrap_err()));
    // Its header still says whose it is.
    assert_eq!(header(&folder, Current).unwrap().unwrap().smbios_uuid.as_deref(), Some(HERE));
    assert_eq!(offer(&folder, &given("b")).unwrap(), Offered::Staged);
    assert!(commit(&folder, &digest("b")).unwrap());
    assert_eq!(texts(&folder), some(["", "b", "a"]));

    folder.write("staged", b"no line").unwrap();
    assert!(is_damaged(&header(&folder, Staged).unwrap_err()));
    assert!(!commit(&folder, &digest("b")).unwrap());
}

#[test]
fn a_redacted_config_is_the_same_generation() {
    let folder = Model::default();
    after(&folder, &["a"]);
    let kept = load(&folder, Current).unwrap().unwrap();
    replace_document(&folder, Current, kept, b"less".to_vec()).unwrap();
    assert_eq!(texts(&folder), some(["", "less", ""]));
    assert_eq!(offer(&folder, &given("a")).unwrap(), Offered::IsCurrent);
    assert_eq!(texts(&folder), some(["", "less", ""]));
}

#[test]
fn the_headers_tell_what_would_be_staged() {
    let headers = [(Current, given("a").header), (Previous, given("b").header), (Staged, given("c").header)];
    for (text, wanted) in [("a", false), ("b", true), ("c", false), ("d", true)] {
        assert_eq!(is_new(&headers, &digest(text)), wanted, "{text}");
    }
}

#[test]
fn what_an_older_keel_init_has_kept_is_the_current_generation_before_and_after_it_is_taken_over() {
    let folder = Model::default();
    for (name, bytes) in old_layout("a") {
        folder.write(name, &bytes).unwrap();
    }
    assert_eq!(texts(&folder), some(["", "a", ""]));
    assert_eq!(header(&folder, Current).unwrap(), Some(given("a").header));
    settle(&folder).unwrap();
    assert_eq!(folder.names(), ["current"]);
    assert_eq!(load(&folder, Current).unwrap(), Some(given("a")));
}

#[test]
fn one_of_an_older_keel_init_that_is_damaged_goes_when_another_is_there() {
    let folder = Model::default();
    for (name, bytes) in old_layout("a") {
        folder.write(name, &bytes).unwrap();
    }
    folder.spoil("machine.json");
    settle(&folder).unwrap();
    assert_eq!(folder.names(), ["machine.json", "origin.json"]);
    assert_eq!(header(&folder, Current).unwrap().unwrap().smbios_uuid.as_deref(), Some(HERE));
    offer(&folder, &given("b")).unwrap();
    settle(&folder).unwrap();
    assert_eq!(folder.names(), ["staged"]);
}

/// Power fails after every operation, with every part of what was not synced on the disk: something that was steady serves, and
/// the next boot comes to the same end.
#[test]
fn after_a_power_cut_at_any_moment_a_steady_config_serves_and_the_next_boot_goes_on() {
    type Work = fn(&Model) -> Result<()>;
    /// Its name, what was before, what is done, what may serve after a cut, the generations at the end, and in how many states
    /// the cuts leave the disk.
    type Life<'a> = (&'a str, &'a dyn Fn(&Model), Work, &'a [&'a str], [&'a str; 3], usize);
    let taken_over = |folder: &Model| {
        for (name, bytes) in old_layout("a") {
            folder.write(name, &bytes).unwrap();
        }
    };
    let boot: Work = |folder| {
        settle(folder)?;
        own(folder, Some(&HERE.into()), None)?;
        offer(folder, &given("c"))?;
        commit(folder, &digest("c")).map(drop)
    };
    let moved: Work = |folder| {
        settle(folder)?;
        own(folder, Some(&"other".into()), None)?;
        offer(folder, &given("b")).map(drop)
    };
    let joined: Work = |folder| {
        settle(folder)?;
        for generation in IN_ORDER {
            if let Some(kept) = load(folder, generation)?.filter(|kept| kept.document != b"less") {
                replace_document(folder, generation, kept, b"less".to_vec())?;
            }
        }
        Ok(())
    };
    let lives: [Life; 6] = [
        ("a second config", &|folder| after(folder, &["a"]), boot, &["a", "c"], ["", "c", "a"], 17),
        ("a third config", &|folder| after(folder, &["a", "b"]), boot, &["b", "c"], ["", "c", "b"], 17),
        (
            "a damaged one",
            &|folder| (after(folder, &["a", "b"]), folder.spoil("current")).1,
            boot,
            &["a", "c"],
            ["", "c", "a"],
            14,
        ),
        ("an older layout", &taken_over, boot, &["a", "c"], ["", "c", "a"], 33),
        ("another mainboard", &|folder| after(folder, &["a", "b"]), moved, &["b"], ["", "b", "a"], 21),
        ("a join", &|folder| after(folder, &["a", "b"]), joined, &["b", "less"], ["", "less", "less"], 21),
    ];
    for (name, before, work, serving, end, states) in lives {
        let mut cuts = 0;
        for cut in 0.. {
            let folder = Model::default();
            before(&folder);
            folder.sync().unwrap();
            folder.left.set(Some(cut));
            let is_over = work(&folder).is_ok();
            for state in folder.after_a_cut() {
                cuts += 1;
                let served = IN_ORDER.iter().find_map(|generation| load(&state, *generation).ok().flatten());
                let served = served.map(|kept| String::from_utf8(kept.document).unwrap()).unwrap_or_default();
                let shown = format!("{name}, cut after {cut}: {served:?} of {:?}", state.names());
                // Between its two renames a commit has only the previous one, which is the last that was steady.
                assert!(serving.contains(&served.as_str()), "{shown}");
                work(&state).unwrap();
                assert_eq!(texts(&state), some(end), "{shown}");
                assert!(state.names().iter().all(|name| ["current", "previous"].contains(&name.as_str())), "{shown}");
            }
            if is_over {
                assert_eq!(folder.after_a_cut().len(), 1, "{name}: what is done is on the disk");
                break;
            }
        }
        assert_eq!(cuts, states, "{name}");
    }
}

#[test]
fn a_folder_has_files_for_root_alone_and_reads_no_more_than_a_document() {
    let state = Scratch::new("generations");
    assert!(Folder::found_in(&state, "config").is_none());
    let folder = Folder::made_in(&state, "config").unwrap();
    after(&folder, &["a", "b"]);
    offer(&folder, &given("c")).unwrap();
    assert_eq!(texts(&Folder::found_in(&state, "config").unwrap()), some(["c", "b", "a"]));
    for name in ["staged", "current", "previous"] {
        assert_eq!(fs::metadata(state.join("config").join(name)).unwrap().permissions().mode() & 0o7777, 0o600);
    }
    let inode = |state: &Path| fs::metadata(state.join("config/current")).unwrap().ino();
    let first = inode(&state);
    offer(&Folder::made_in(&state, "config").unwrap(), &given("b")).unwrap();
    assert_eq!(inode(&state), first);
    assert_eq!(folder.read("staged", 9).unwrap(), None);

    let file = fs::File::options().write(true).open(state.join("config/current")).unwrap();
    file.set_len(1 << 40).unwrap();
    assert!(is_damaged(&load(&folder, Current).unwrap_err()));
    discard(&folder, Current).unwrap();
    assert_eq!(texts(&folder), some(["", "", "a"]));
}

/// A folder on a disk that keeps what was synced for certain, and later changes up to any one of them.
#[derive(Default)]
struct Model {
    synced: RefCell<BTreeMap<String, Vec<u8>>>,
    pending: RefCell<Vec<Change>>,
    /// Operations until the power fails; None: it does not.
    left: Cell<Option<usize>>,
    writes: Cell<usize>,
}

#[derive(Clone)]
enum Change {
    Write(String, Vec<u8>),
    Rename(String, String),
    Remove(String),
}

impl Change {
    fn apply(&self, files: &mut BTreeMap<String, Vec<u8>>) {
        match self {
            Self::Write(name, bytes) => drop(files.insert(name.clone(), bytes.clone())),
            Self::Rename(from, to) => {
                let bytes = files.remove(from).unwrap();
                files.insert(to.clone(), bytes);
            }
            Self::Remove(name) => drop(files.remove(name)),
        }
    }
}

impl Model {
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = self.synced.borrow().clone();
        self.pending.borrow().iter().for_each(|change| change.apply(&mut files));
        files
    }

    fn names(&self) -> Vec<String> {
        self.files().into_keys().collect()
    }

    /// Every state in which the disk may be found.
    fn after_a_cut(&self) -> Vec<Self> {
        let pending = self.pending.borrow().clone();
        (0..=pending.len())
            .map(|count| {
                let mut files = self.synced.borrow().clone();
                pending.iter().take(count).for_each(|change| change.apply(&mut files));
                Self { synced: RefCell::new(files), ..Self::default() }
            })
            .collect()
    }

    fn step(&self, change: Option<Change>) -> Result<()> {
        match self.left.get() {
            Some(0) => return Err(Error::other("the power failed")),
            Some(left) => self.left.set(Some(left - 1)),
            None => {}
        }
        self.writes.set(self.writes.get() + 1);
        self.pending.borrow_mut().extend(change);
        Ok(())
    }

    /// The last byte of a file is another one.
    fn spoil(&self, name: &str) {
        let mut bytes = self.read(name, usize::MAX).unwrap().unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        self.write(name, &bytes).unwrap();
    }
}

impl Reader for Model {
    fn read(&self, name: &str, limit: usize) -> Result<Option<Vec<u8>>> {
        Ok(self.files().remove(name).map(|bytes| bytes.into_iter().take(limit).collect()))
    }
}

impl Files for Model {
    fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        // Until it is synced, a part of it may be there.
        let half = bytes.get(..bytes.len() / 2).unwrap().to_vec();
        self.step(Some(Change::Write(name.into(), half)))?;
        self.step(Some(Change::Write(name.into(), bytes.to_vec())))
    }

    fn rename(&self, from: &str, to: &str) -> Result<()> {
        self.step(Some(Change::Rename(from.into(), to.into())))
    }

    fn remove(&self, name: &str) -> Result<bool> {
        if !self.files().contains_key(name) {
            return Ok(false);
        }
        self.step(Some(Change::Remove(name.into()))).map(|()| true)
    }

    fn sync(&self) -> Result<()> {
        self.step(None)?;
        let files = self.files();
        self.pending.borrow_mut().clear();
        *self.synced.borrow_mut() = files;
        Ok(())
    }
}
