//! Making a filesystem on an unfinished partition.

use crate::core::config::Format;
use crate::core::error::{Code, Error, Step};
use crate::pid1::interrupt::Interrupt;
use crate::pid1::job::Job;
use crate::pid1::node::Node;
use crate::pid1::wait;
use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::time::Duration;

const MKE2FS: &str = "/bin/mke2fs";
const DEADLINE: Duration = Duration::from_secs(600);
/// Nothing that another filesystem left at the start may be mistaken for one later; mke2fs clears less.
const CLEARED: usize = 128 << 10;
/// Few writes: the inode tables and the journal are initialised by the kernel while the node already works, and
/// nothing is discarded, which on some disks takes minutes. An error found later makes the filesystem read-only.
const EXTENDED: &str = "lazy_itable_init=1,lazy_journal_init=1,nodiscard,root_owner=0:0";
/// Bytes that an ext4 label has room for.
const LABEL_BYTES: usize = 16;

/// Makes the filesystem; when this returns it is on the medium. The event loop goes on meanwhile: a request to stop ends mke2fs,
/// and the next boot makes the partition, which is still unfinished, again.
pub fn make(node: &mut Node, device: &str, format: Format, label: &str) -> Result<(), Interrupt> {
    let Format::Ext4 = format;
    let partition = OpenOptions::new().write(true).open(device).step(Code::DiskIo, "open", device)?;
    partition.write_all_at(&[0; CLEARED], 0).step(Code::DiskIo, "clear", device)?;
    let mut argv = vec![
        MKE2FS,
        "-t",
        "ext4",
        "-F",
        "-q",
        "-b",
        "4096",
        "-I",
        "256",
        "-m",
        "0",
        "-e",
        "remount-ro",
        "-E",
        EXTENDED,
    ];
    if label.len() <= LABEL_BYTES {
        argv.extend(["-L", label]);
    }
    argv.push(device);
    let job = Job {
        argv: &argv,
        environment: &[],
        stdin: [&[], &[]],
        address_space: None,
        stdout_limit: 64 << 10,
        deadline: DEADLINE,
    };
    let output = wait::program(node, &job)?;
    if !output.ok() {
        let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Error::new(Code::FilesystemToolFailed, "make filesystem", device)
            .with_detail(format!("mke2fs ended with {}: {message}", output.ending()))
            .into());
    }
    Ok(partition.sync_data().step(Code::DiskIo, "flush", device)?)
}
