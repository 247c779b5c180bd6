use super::*;
use crate::core::device::memory::Memory;
use crate::scratch::Scratch;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

const LINUX: &str = "EFI/Linux";

/// A FAT that mtools made, and what it says about it.
pub struct Made {
    scratch: Scratch,
}

impl Made {
    /// FAT16 at 20 MiB, FAT32 at 40.
    pub fn new(mebibytes: u32, bits: &str, files: &[&str]) -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let made = Self { scratch: Scratch::new(&format!("fat{}", MADE.fetch_add(1, Ordering::Relaxed))) };
        std::fs::File::create(made.path()).unwrap().set_len(u64::from(mebibytes) << 20).unwrap();
        let sectors = if bits == "32" { "1" } else { "4" };
        run("mkfs.fat", &["-F", bits, "-s", sectors, made.path().to_str().unwrap()]);
        made.tool("mmd", &["::/EFI", "::/EFI/Linux"]);
        for name in files {
            let content = made.scratch.join("content");
            std::fs::write(&content, name.repeat(300)).unwrap();
            made.tool("mcopy", &[content.to_str().unwrap(), &format!("::/EFI/Linux/{name}")]);
        }
        made
    }

    pub fn path(&self) -> std::path::PathBuf {
        self.scratch.join("fat.img")
    }

    pub fn tool(&self, program: &str, arguments: &[&str]) -> String {
        let path = self.path();
        run(program, &[&["-i", path.to_str().unwrap()], arguments].concat())
    }

    /// Its bytes.
    pub fn memory(&self) -> Memory {
        Memory::of(std::fs::read(self.path()).unwrap())
    }
}

fn run(program: &str, arguments: &[&str]) -> String {
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    let output = Command::new(program).args(arguments).env("PATH", path).output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The names of the images.
pub fn names(device: &Memory) -> Vec<String> {
    let fat = Fat::open(device).unwrap();
    fat.list(LINUX).unwrap().unwrap().into_iter().map(|one| one.name).collect()
}

fn writes(device: &Memory, old: &str, new: &str) -> Option<Vec<SectorWrite>> {
    let fat = Fat::open(device).unwrap();
    let all = fat.list(LINUX).unwrap().unwrap();
    fat.rename(all.iter().find(|one| one.name == old).unwrap(), new).unwrap()
}

/// What other programs say: the names, the content of the renamed file, and that nothing is wrong.
fn read_back(made: &Made, bytes: &[u8], name: &str, content_of: &str) {
    std::fs::write(made.path(), bytes).unwrap();
    assert_eq!(made.tool("mtype", &[&format!("::/EFI/Linux/{name}")]), content_of.repeat(300));
    run("fsck.fat", &["-n", made.path().to_str().unwrap()]);
}

#[test]
fn a_file_gets_a_longer_and_a_shorter_name_and_other_programs_read_them() {
    for (size, bits) in [(20, "16"), (40, "32")] {
        let made = Made::new(size, bits, &["keel-1-0.1.0.efi", "keel-2-0.2.0.unfinished"]);
        let mut device = made.memory();
        let steps = ["keel-2-0.2.0+3.efi", "keel-2-0.2.0+2-1.efi", "keel-2-0.2.0.efi", "keel-2-0.2.0.unfinished"];
        let mut old = "keel-2-0.2.0.unfinished";
        for new in steps {
            for write in writes(&device, old, new).unwrap() {
                device.write(write.offset, &write.bytes).unwrap();
            }
            assert_eq!(names(&device), ["keel-1-0.1.0.efi", new], "FAT{bits}");
            let bytes = device.bytes.borrow().clone();
            read_back(&made, &bytes, new, "keel-2-0.2.0.unfinished");
            device = made.memory();
            old = new;
        }
    }
}

#[test]
fn a_name_takes_free_entries_before_it_and_is_refused_without_them() {
    let made = Made::new(40, "32", &["keel-1-0.1.0.efi", "keel-2-0.2.0.efi"]);
    let long = "keel-3-a.longer.name.than.before";
    assert_eq!(writes(&made.memory(), "keel-2-0.2.0.efi", long), None);
    made.tool("mdel", &["::/EFI/Linux/keel-1-0.1.0.efi"]);
    let device = made.memory();
    for write in writes(&device, "keel-2-0.2.0.efi", long).unwrap() {
        device.write(write.offset, &write.bytes).unwrap();
    }
    assert_eq!(names(&device), [long]);
    let bytes = device.bytes.borrow().clone();
    read_back(&made, &bytes, long, "keel-2-0.2.0.efi");
}

/// Sixteen entries are in a sector; files before it move the one that is renamed over all of them.
#[test]
fn a_cut_between_any_two_sectors_leaves_the_file_under_one_name() {
    let mut in_two_sectors = 0;
    for before in 5..12 {
        let names_before: Vec<String> = (0..before).map(|i| format!("F{i}.TXT")).collect();
        let old = "keel-2-0.2.0-rc1.unfinished";
        let files: Vec<&str> = names_before.iter().map(String::as_str).chain(["keel-1-0.1.0.efi", old]).collect();
        let made = Made::new(40, "32", &files);
        let new = "keel-2-0.2.0-rc1+3.efi";
        let writes = writes(&made.memory(), old, new).unwrap();
        in_two_sectors += usize::from(writes.len() > 1);
        for done in 0..=writes.len() {
            let device = made.memory();
            for write in writes.iter().take(done) {
                device.write(write.offset, &write.bytes).unwrap();
            }
            let found = names(&device);
            assert_eq!(found.len(), files.len(), "{found:?}");
            let name = found.last().unwrap();
            let allowed = if done == 0 {
                &[old][..]
            } else if done == writes.len() {
                &[new][..]
            } else {
                &[old, new, "KEEL-2~1.UNF"][..]
            };
            assert!(allowed.contains(&name.as_str()), "{before} {done}: {name}");
        }
    }
    assert!(in_two_sectors > 0);
}

#[test]
fn a_folder_that_is_not_there_is_none_and_anything_else_than_a_fat_is_an_error() {
    let made = Made::new(20, "16", &[]);
    let device = made.memory();
    assert_eq!(Fat::open(&device).unwrap().list("EFI/BOOT").unwrap(), None);
    assert_eq!(names(&device), Vec::<String>::new());
    for bytes in [vec![0; 4096], vec![0xff; 4096]] {
        assert!(Fat::open(&Memory::of(bytes)).is_err());
    }
    let looping = made.memory();
    let root = Fat::open(&looping).unwrap().list("").unwrap().unwrap();
    let cluster = root.first().unwrap().cluster;
    let link = Fat::open(&looping).unwrap().fat_at as usize + cluster as usize * 2;
    looping.bytes.borrow_mut()[link..link + 2].copy_from_slice(&(cluster as u16).to_le_bytes());
    assert!(Fat::open(&looping).unwrap().list(LINUX).is_err());
}

#[test]
fn a_short_name_in_small_letters_has_no_long_one() {
    let made = Made::new(20, "16", &["keel-2-b.efi"]);
    assert_eq!(names(&made.memory()), ["keel-2-b.efi"]);
    assert_eq!(writes(&made.memory(), "keel-2-b.efi", "keel-2-c.efi"), None);
}
