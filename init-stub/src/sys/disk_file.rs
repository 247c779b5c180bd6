//! An open disk or disk image.

use crate::core::device::Device;
use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::os::unix::fs::FileExt;

/// An open block device or image file.
pub struct DiskFile {
    file: File,
    size_bytes: u64,
    sector_bytes: u32,
}

impl DiskFile {
    /// Takes over an open file; the size is where its end is, in whole sectors.
    pub fn new(mut file: File, sector_bytes: u32) -> io::Result<Self> {
        let sector = u64::from(sector_bytes.max(512));
        let size_bytes = file.seek(SeekFrom::End(0))? / sector * sector;
        Ok(Self { file, size_bytes, sector_bytes })
    }

    /// The open file, for ioctls.
    pub fn file(&self) -> &File {
        &self.file
    }
}

impl Device for DiskFile {
    fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    fn sector_bytes(&self) -> u32 {
        self.sector_bytes
    }

    fn read(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(buffer, offset)
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(bytes, offset)
    }

    fn flush(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}
