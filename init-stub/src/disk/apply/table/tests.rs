use super::*;
use crate::core::config::{self, MachineConfig};
use crate::core::device::memory::Memory;
use crate::core::error::Code;
use crate::core::observation::{DiskIdentity, Observation, mark_boot_disk, observe};
use crate::core::plan::{Action, Operation, storage};
use std::cell::Cell;
use std::collections::BTreeSet;

const MIB: usize = 1 << 20;
const LINUX: &str = "0fc63daf-8483-4772-8e79-3d69d8477de4";

/// A config with these partitions; `A` and `B` have a filesystem, others none. A size of 0 is the rest.
fn config(wipe: bool, partitions: &[(&str, usize)]) -> MachineConfig {
    config_for(r#""serial":"d""#, wipe, partitions)
}

fn config_for(selector: &str, wipe: bool, partitions: &[(&str, usize)]) -> MachineConfig {
    let list = |items: Vec<String>| items.join(",");
    let made = partitions.iter().map(|(label, mib)| {
        let size = if *mib == 0 {
            r#"{"type":"rest","minSizeBytes":1048576}"#.into()
        } else {
            format!(r#"{{"type":"fixed","sizeBytes":{}}}"#, mib * MIB)
        };
        format!(r#"{{"label":"{label}","typeGuid":"{LINUX}","size":{size}}}"#)
    });
    let formatted = partitions.iter().filter(|(label, _)| ["A", "B"].contains(label));
    let filesystems = formatted.map(|(label, _)| {
        format!(r#"{{"partition":"{label}","format":"ext4","mountPath":"/mnt/{label}","mountOptions":[]}}"#)
    });
    let text = format!(
        r#"{{"apiVersion":"keel/v1.4","kind":"MachineConfig","hostname":{{"type":"fixed","name":"n"}},"kernel":{{"modules":[],"sysctl":[]}},"network":{{"links":[],"nameservers":[],"routeTimeoutMs":60000}},
        "time":{{"servers":[],"timeoutMs":10000}},
"storage":{{"disks":[{{"selector":{{{}}},"wipe":{wipe},"partitions":[{}]}}],"filesystems":[{}],"persist":[],"directories":[],"files":[],"links":[]}},
        "kubernetes":{{"role":"none"}},"onFailure":{{"action":"halt"}}}}"#,
        selector,
        list(made.collect()),
        list(filesystems.collect())
    );
    config::parse(text.as_bytes()).unwrap()
}

fn look(disk: &Memory) -> Observation {
    let identity = DiskIdentity { serial: Some("d".into()), ..DiskIdentity::default() };
    let disks = vec![observe(disk, "/dev/d", identity, false).unwrap()];
    Observation { v: 1, disks, ..Observation::default() }
}

/// Random enough: no two are equal.
fn numbers() -> impl Fn() -> io::Result<[u8; 16]> {
    thread_local!(static NEXT: Cell<u128> = const { Cell::new(1) });
    || {
        Ok(NEXT
            .with(|next| next.replace(next.get().wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835) | 1))
            .to_le_bytes())
    }
}

/// Stands for mke2fs: as much of a superblock as the probe looks at.
fn make_filesystem(disk: &Memory, number: u32, label: &str) {
    let table = gpt::read(disk).unwrap().table.unwrap();
    let start = table.entries.iter().find(|e| e.number == number).unwrap().first_sector * u64::from(disk.sector_bytes);
    let mut block = vec![0; 4096];
    block[1024 + 4] = 1;
    block[1024 + 56..1024 + 60].copy_from_slice(&[0x53, 0xef, 1, 0]);
    block[1024 + 96] = 0x40;
    block[1024 + 120..1024 + 120 + label.len()].copy_from_slice(label.as_bytes());
    disk.write(start, &block).unwrap();
    disk.flush().unwrap();
}

fn carry_out(disk: &Memory, actions: &[Action]) {
    for action in actions {
        match &action.operation {
            Operation::WriteTable { wipe, partitions, .. } => write_table(disk, *wipe, partitions, &numbers()).unwrap(),
            Operation::RepairTable { .. } => repair_table(disk).unwrap(),
            Operation::AddPartition { partition, drop, .. } => {
                add_partition(disk, partition, drop, &numbers()).unwrap()
            }
            Operation::MakeFilesystem { number, label, .. } => make_filesystem(disk, *number, label),
            Operation::FinishPartition { number, label, type_guid, .. } => {
                finish_partition(disk, *number, label, *type_guid).unwrap()
            }
            other => panic!("{other:?} is not for disks"),
        }
    }
}

/// What a disk is when all is done, without what is random.
fn summary(disk: &Memory) -> Vec<String> {
    let seen = look(disk).disks.remove(0);
    let table = seen.table.expect("a table");
    let state = format!("{:?} {:?} {} claimed {}", table.primary, table.backup, table.protective_mbr, seen.claimed);
    let head = disk.bytes(claim::OFFSET, 512).unwrap();
    let partitions = table.partitions.iter().map(|p| {
        let e = &p.entry;
        format!("{} {} {} {}-{} {:?}", e.number, e.label, e.type_guid, e.first_sector, e.last_sector, p.signatures)
    });
    [state, format!("claim {:?}", head.iter().all(|b| *b == 0))].into_iter().chain(partitions).collect()
}

fn provision(disk: &Memory, config: &MachineConfig) {
    let actions = storage(config, &look(disk)).unwrap();
    carry_out(disk, &actions);
    assert_eq!(storage(config, &look(disk)).unwrap(), [], "the second plan is empty");
}

#[test]
fn an_empty_disk_gets_its_table_and_a_second_plan_is_empty() {
    for sector in [512, 4096] {
        let disk = Memory::new(16 * MIB).with_sectors(sector);
        provision(&disk, &config(false, &[("A", 4), ("C", 2), ("B", 0)]));
        let unit = u64::from(sector);
        let span = |from: u64, to: u64| format!("{}-{}", (from << 20) / unit, (to << 20) / unit - 1);
        assert_eq!(
            summary(&disk),
            [
                "Valid Valid true claimed false".to_owned(),
                "claim true".to_owned(),
                format!("1 A {LINUX} {} [\"ext4\"]", span(1, 5)),
                format!("2 C {LINUX} {} []", span(5, 7)),
                format!("3 B {LINUX} {} [\"ext4\"]", span(7, 15)),
            ]
        );
    }
}

/// Every state that a cut can leave leads to the same end. `landed` is tried as every prefix of the writes, and as
/// random subsets of the writes after the last flush, as a disk with a cache may reorder them.
fn survives_cuts(start: &[u8], config: &MachineConfig) {
    let uncut = Memory::of(start.to_vec());
    provision(&uncut, config);
    let wanted = summary(&uncut);
    let epochs: Vec<usize> = uncut.journal.borrow().iter().map(|(epoch, _, _)| *epoch).collect();
    assert!(epochs.len() > 60, "{} writes", epochs.len());
    let after = |disk: Memory, cut: String| {
        let actions = storage(config, &look(&disk)).unwrap_or_else(|e| panic!("refused after {cut}: {e:?}"));
        carry_out(&disk, &actions);
        assert_eq!(summary(&disk), wanted, "after {cut}");
        assert_eq!(storage(config, &look(&disk)).unwrap(), [], "after {cut}");
        disk
    };
    // Erasing is thousands of equal sectors in one epoch: of such an epoch some are enough.
    let tells = |cut: &usize| {
        epochs
            .get(*cut)
            .is_none_or(|epoch| cut.is_multiple_of(101) || epochs.iter().filter(|e| *e == epoch).count() < 200)
    };
    for cut in (0..=epochs.len()).filter(tells) {
        let disk = uncut.replay(start, |i, _| i < cut);
        let second = disk.bytes.borrow().clone();
        let again = after(disk, format!("{cut} writes"));
        // The run that continues may be cut as well; every ninth is enough here.
        if cut % 9 == 0 {
            let writes = again.journal.borrow().len();
            for cut_again in (0..writes).step_by(5) {
                after(again.replay(&second, |i, _| i < cut_again), format!("{cut} and {cut_again} writes"));
            }
        }
    }
    let last = epochs.last().copied().unwrap_or(0);
    let mut dice = 1_u64;
    for epoch in 0..=last {
        for _ in 0..12 {
            let mut subset = BTreeSet::new();
            for (i, _) in epochs.iter().enumerate().filter(|(_, e)| **e == epoch) {
                dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                if dice >> 63 == 1 {
                    subset.insert(i);
                }
            }
            after(uncut.replay(start, |i, e| e < epoch || subset.contains(&i)), format!("{subset:?} of epoch {epoch}"));
        }
    }
}

#[test]
fn a_cut_while_an_empty_disk_is_set_up_leads_to_the_same_end() {
    survives_cuts(&vec![0; 4 * MIB], &config(false, &[("A", 1), ("B", 0)]));
}

#[test]
fn a_cut_while_a_foreign_disk_is_wiped_leads_to_the_same_end() {
    let mut foreign = vec![0; 4 * MIB];
    foreign[0..4].copy_from_slice(b"XFSB");
    foreign[4 * MIB - 5000] = 1;
    survives_cuts(&foreign, &config(true, &[("A", 1), ("B", 0)]));
}

#[test]
fn a_cut_while_partitions_are_added_leads_to_the_same_end_and_keeps_the_others() {
    let disk = Memory::new(8 * MIB);
    provision(&disk, &config(false, &[("A", 1)]));
    let start = disk.bytes.borrow().clone();
    let before = gpt::read(&disk).unwrap().table.unwrap().entries.remove(0);
    survives_cuts(&start, &config(false, &[("A", 1), ("C", 2), ("B", 0)]));
    let wider = Memory::of(start);
    provision(&wider, &config(false, &[("A", 1), ("C", 2), ("B", 0)]));
    assert_eq!(gpt::read(&wider).unwrap().table.unwrap().entries.first(), Some(&before));
}

#[test]
fn a_damaged_copy_is_repaired_from_the_other() {
    let two = config(false, &[("A", 1), ("B", 0)]);
    let disk = Memory::new(8 * MIB);
    provision(&disk, &two);
    let wanted = disk.nonzero();
    let end = 8 * MIB;
    for (what, at) in [
        ("mbr", 450),
        ("primary header", 512 + 60),
        ("primary entries", 1024 + 60),
        ("backup header", end - 512 + 60),
        ("backup entries", end - 33 * 512 + 60),
    ] {
        let broken = Memory::of(disk.bytes.borrow().clone());
        broken.bytes.borrow_mut()[at] ^= 1;
        let actions = storage(&two, &look(&broken)).unwrap();
        assert!(
            matches!(actions.as_slice(), [Action { operation: Operation::RepairTable { .. }, .. }]),
            "{what}: {actions:?}"
        );
        carry_out(&broken, &actions);
        assert!(broken.nonzero() == wanted, "{what}");
    }
}

#[test]
fn a_disk_that_grew_gets_its_backup_at_the_true_end() {
    let two = config(false, &[("A", 1), ("C", 2)]);
    let disk = Memory::new(8 * MIB);
    provision(&disk, &two);
    let mut bytes = disk.bytes.borrow().clone();
    bytes.resize(16 * MIB, 0);
    let grown = Memory::of(bytes);
    provision(&grown, &two);
    provision(&grown, &config(false, &[("A", 1), ("C", 2), ("B", 9)]));
}

#[test]
fn what_keel_did_not_write_is_refused_and_not_touched() {
    let one = config(false, &[("A", 0)]);
    let refusal = |disk: &Memory| storage(&one, &look(disk)).map(|_| ()).unwrap_err();
    let with = |at: usize, bytes: &[u8]| {
        let disk = Memory::new(8 * MIB);
        disk.bytes.borrow_mut()[at..at + bytes.len()].copy_from_slice(bytes);
        disk
    };
    for (at, bytes, detail) in [
        (0, b"XFSB", "it holds xfs"),
        (MIB - 4, b"abcd", "it holds data of no known kind"),
        (8 * MIB - 4, b"abcd", "it holds data of no known kind"),
    ] {
        let error = refusal(&with(at, bytes));
        assert_eq!(
            (error.code, error.detail.as_deref(), error.pointer.as_deref()),
            (Code::DiskForeign, Some(detail), Some("/storage/disks/0/wipe"))
        );
    }
    // A claim with content that was not claimed is no licence.
    let claimed = Memory::new(8 * MIB);
    let geometry = Geometry::of(&claimed);
    let piece = claim::encode(&Table { disk_guid: Guid::of_keel_disk([1; 16]), entries: Vec::new() }, &geometry);
    claimed.write(piece.offset, &piece.bytes).unwrap();
    assert!(look(&claimed).disks[0].claimed && storage(&one, &look(&claimed)).is_ok());
    for at in [4096, MIB / 2, MIB - 1, 7 * MIB + 1] {
        let other = Memory::of(claimed.bytes.borrow().clone());
        other.bytes.borrow_mut()[at] = 1;
        assert_eq!(refusal(&other).code, Code::DiskForeign, "{at}");
    }
}

#[test]
fn a_table_of_someone_else_is_used_as_it_is_or_refused() {
    let disk = Memory::new(8 * MIB);
    let one = config(false, &[("C", 2)]);
    provision(&disk, &one);
    let mut table = gpt::read(&disk).unwrap().table.unwrap();
    table.disk_guid = Guid::random([7; 16]);
    write_copies(&disk, &table, &Geometry::of(&disk)).unwrap();
    assert_eq!(storage(&one, &look(&disk)).unwrap(), []);
    let error = storage(&config(false, &[("C", 2), ("D", 0)]), &look(&disk)).unwrap_err();
    let pointer = "/storage/disks/0/partitions/1/label";
    assert_eq!((error.code, error.pointer.as_deref()), (Code::PartitionMismatch, Some(pointer)));
    let error = storage(&config(false, &[("D", 2)]), &look(&disk)).unwrap_err();
    assert_eq!((error.code, error.pointer.as_deref()), (Code::DiskForeign, Some("/storage/disks/0/wipe")));
    provision(&disk, &config(true, &[("C", 2), ("D", 0)]));
}

#[test]
fn a_finished_partition_is_never_changed() {
    let two = config(false, &[("A", 2), ("B", 0)]);
    let disk = Memory::new(8 * MIB);
    provision(&disk, &two);
    let refusal = |disk: &Memory, config: &MachineConfig| {
        let error = storage(config, &look(disk)).unwrap_err();
        (error.code, error.object, error.pointer.unwrap_or_default())
    };
    assert_eq!(
        refusal(&disk, &config(false, &[("A", 3), ("B", 0)])),
        (Code::PartitionMismatch, "A".into(), "/storage/disks/0/partitions/0/size".into())
    );
    for (bytes, code) in [
        (&[0_u8; 4096][..], Code::FilesystemMismatch),
        (b"XFSB", Code::FilesystemMismatch),
        (b"abcd", Code::PartitionForeign),
    ] {
        let other = Memory::of(disk.bytes.borrow().clone());
        other.bytes.borrow_mut()[MIB..MIB + 4096].fill(0);
        other.bytes.borrow_mut()[MIB..MIB + bytes.len()].copy_from_slice(bytes);
        assert_eq!(refusal(&other, &two), (code, "A".into(), "/storage/filesystems/0/format".into()));
    }
    assert_eq!(refusal(&disk, &config(false, &[("A", 2), ("B", 0), ("C", 1)])).0, Code::DiskTooSmall);
}

#[test]
fn a_filesystem_keeps_its_label() {
    let disk = Memory::new(8 * MIB);
    let with = |label: Option<&str>| {
        let mut config = config(false, &[("A", 2), ("B", 0)]);
        config.storage.filesystems[1].label = label.map(Into::into);
        config
    };
    let made = |config: &MachineConfig| -> Vec<String> {
        let labels = storage(config, &look(&disk)).unwrap().into_iter().filter_map(|action| match action.operation {
            Operation::MakeFilesystem { label, .. } => Some(label),
            _ => None,
        });
        labels.collect()
    };
    assert_eq!(made(&with(None)), ["A", "B"]);
    assert_eq!(made(&with(Some("mine"))), ["A", "mine"]);
    provision(&disk, &with(Some("mine")));
    for same in [None, Some("mine")] {
        assert_eq!(storage(&with(same), &look(&disk)).unwrap(), [], "{same:?}");
    }
    let before = disk.bytes.borrow().clone();
    for other in ["mine2", "min", "MINE"] {
        let error = storage(&with(Some(other)), &look(&disk)).unwrap_err();
        let named = (error.code, error.object.as_str(), error.pointer.as_deref());
        assert_eq!(named, (Code::FilesystemMismatch, "B", Some("/storage/filesystems/1/label")), "{other}");
        assert!(error.detail.as_deref().is_some_and(|detail| detail.contains(r#"label "mine""#)), "{error:?}");
    }
    assert_eq!(*disk.bytes.borrow(), before);
}

#[test]
fn a_changed_config_after_a_cut_replaces_what_is_unfinished() {
    let disk = Memory::new(8 * MIB);
    let actions = storage(&config(false, &[("A", 2), ("B", 0)]), &look(&disk)).unwrap();
    carry_out(&disk, &actions[..1]);
    provision(&disk, &config(false, &[("A", 3), ("C", 1)]));
    let table = gpt::read(&disk).unwrap().table.unwrap();
    assert_eq!(table.entries.iter().map(|e| e.label.as_str()).collect::<Vec<_>>(), ["A", "C"]);
}

/// A disk image as keelctl builds it, on a disk of this size: its table knows only the image's own end.
fn boot_disk(image_mib: usize, disk_mib: usize) -> Vec<u8> {
    let image = Memory::new(image_mib * MIB);
    let esp = Entry {
        number: 1,
        label: "KEEL-ESP".into(),
        type_guid: "c12a7328-f81f-11d2-ba4b-00a0c93ec93b".parse().unwrap(),
        guid: Guid::random([3; 16]),
        first_sector: 2048,
        last_sector: 2048 * (image_mib as u64 - 1) - 1,
        attributes: 0,
    };
    let table = Table { disk_guid: Guid::of_keel_disk([9; 16]), entries: vec![esp] };
    write_copies(&image, &table, &Geometry::of(&image)).unwrap();
    image.write(MIB as u64, &[0xeb; 512]).unwrap();
    let mut bytes = image.bytes.borrow().clone();
    bytes.resize(disk_mib * MIB, 0);
    bytes
}

#[test]
fn a_cut_while_a_boot_disk_gets_its_partitions_leads_to_the_same_end_and_keeps_the_image() {
    let start = boot_disk(3, 8);
    let wanted = config(false, &[("A", 1), ("B", 0)]);
    survives_cuts(&start, &wanted);
    let disk = Memory::of(start.clone());
    let image = gpt::read(&disk).unwrap().table.unwrap();
    provision(&disk, &wanted);
    let table = gpt::read(&disk).unwrap().table.unwrap();
    assert_eq!((table.entries.first(), table.disk_guid), (image.entries.first(), image.disk_guid));
    assert_eq!(table.entries.iter().map(|e| e.label.as_str()).collect::<Vec<_>>(), ["KEEL-ESP", "A", "B"]);
    assert!(disk.bytes.borrow()[MIB..2 * MIB] == start[MIB..2 * MIB], "the image's bytes are as they were");
}

#[test]
fn the_boot_disk_is_the_one_with_the_partition_that_the_loader_names_and_it_is_never_wiped() {
    let disk = Memory::of(boot_disk(3, 8));
    let look_as = |partition: [u8; 16]| {
        let mut seen = look(&disk);
        mark_boot_disk(&mut seen.disks, Guid::random(partition));
        seen
    };
    let (booted, other) = (look_as([3; 16]), look_as([4; 16]));
    let plan = |selector: &str, seen: &Observation| storage(&config_for(selector, false, &[("A", 1)]), seen);
    assert!(plan(r#""bootDisk":true"#, &booted).is_ok() && plan(r#""bootDisk":false"#, &other).is_ok());
    for (selector, seen) in [(r#""bootDisk":true"#, &other), (r#""bootDisk":false"#, &booted)] {
        assert_eq!(plan(selector, seen).unwrap_err().code, Code::DiskNotFound);
    }
    let mut damaged = booted.clone();
    damaged.disks[0].table = None;
    let wipe = config(true, &[("A", 1)]);
    assert_eq!(storage(&wipe, &damaged).unwrap_err().code, Code::DiskForeign);
    damaged.disks[0].boot = false;
    assert!(storage(&wipe, &damaged).is_ok());
}

/// A disk as another tool lays it out: so many entries in its only table, one partition from a sector on.
fn foreign_disk(entries: u32, number: u32, first_usable: u64, first_sector: u64) -> Memory {
    let disk = Memory::new(4 * MIB);
    let entry = Entry {
        number: 1,
        label: "DATA".into(),
        type_guid: Guid::random([1; 16]),
        guid: Guid::random([2; 16]),
        first_sector,
        last_sector: 4000,
        attributes: 0,
    };
    let table = Table { disk_guid: Guid::random([9; 16]), entries: vec![entry] };
    let [piece, header] = pieces(&table, &Geometry::of(&disk), Copy::Primary);
    let (mut array, mut header) = (vec![0; entries as usize * 128], header.bytes);
    let at = (number as usize - 1) * 128;
    array[at..at + 128].copy_from_slice(&piece.bytes[..128]);
    header[40..48].copy_from_slice(&first_usable.to_le_bytes());
    header[80..84].copy_from_slice(&entries.to_le_bytes());
    header[88..92].copy_from_slice(&crc32fast::hash(&array).to_le_bytes());
    header[16..20].fill(0);
    let sum = crc32fast::hash(&header[..92]);
    header[16..20].copy_from_slice(&sum.to_le_bytes());
    let mut bytes = disk.bytes.borrow_mut();
    bytes[512..1024].copy_from_slice(&header);
    bytes[1024..1024 + array.len()].copy_from_slice(&array);
    drop(bytes);
    disk
}

/// Found by fuzzing: both were written over, or left out of the new table, silently.
#[test]
fn a_partition_that_keels_table_has_no_room_for_is_not_lost() {
    for (entries, number, first_usable, first_sector) in
        [(4, 1, 3, 3), (8, 8, 4, 33), (256, 129, 66, 100), (1024, 1000, 300, 300)]
    {
        let disk = foreign_disk(entries, number, first_usable, first_sector);
        let before = disk.bytes.borrow().clone();
        assert!(gpt::read(&disk).unwrap().table.is_some(), "{entries} entries");
        assert_eq!(repair_table(&disk).unwrap_err().kind(), std::io::ErrorKind::InvalidData, "{entries} entries");
        assert!(*disk.bytes.borrow() == before, "{entries} entries");
    }
    let disk = foreign_disk(4, 3, 34, 34);
    let table = gpt::read(&disk).unwrap().table;
    repair_table(&disk).unwrap();
    assert_eq!(gpt::read(&disk).unwrap().table, table, "what fits is kept");
}

/// Found by fuzzing: such a partition would hold its own table.
#[test]
fn a_table_that_stands_in_its_own_partition_is_none() {
    for (entries, first_usable, first_sector) in [(4, 0, 2), (4, 1, 1), (128, 2, 2), (128, 33, 33)] {
        let disk = foreign_disk(entries, 1, first_usable, first_sector);
        assert_eq!(gpt::read(&disk).unwrap().table, None, "{first_usable}");
    }
}
