//! A disk or disk image as a row of bytes: the seam between the code that partitions disks and the machine.

use std::io;

/// What can be read and written at an offset and made durable.
pub trait Device {
    /// Size in bytes.
    fn size_bytes(&self) -> u64;
    /// Logical sector size in bytes, the unit that a power cut leaves whole.
    fn sector_bytes(&self) -> u32;
    /// Fills `buffer` from `offset`.
    fn read(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()>;
    /// Writes all of `bytes` at `offset`; durable only after [`Device::flush`].
    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;
    /// Returns when everything written is on the medium.
    fn flush(&self) -> io::Result<()>;

    /// `length` bytes from `offset`.
    fn bytes(&self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut buffer = vec![0; length];
        self.read(offset, &mut buffer)?;
        Ok(buffer)
    }
}

#[cfg(test)]
pub mod memory {
    use super::Device;
    use std::cell::RefCell;
    use std::collections::BTreeMap;
    use std::io;

    /// A disk in memory that keeps a journal of its sector writes, so that a test can cut the power anywhere.
    pub struct Memory {
        pub bytes: RefCell<Vec<u8>>,
        /// Each entry: the epoch (number of flushes before), the sector and its new bytes.
        pub journal: RefCell<Vec<(usize, u64, Vec<u8>)>>,
        pub epoch: RefCell<usize>,
        pub sector_bytes: u32,
    }

    impl Memory {
        pub fn new(size: usize) -> Self {
            Self::of(vec![0; size])
        }

        pub fn of(bytes: Vec<u8>) -> Self {
            Self {
                bytes: RefCell::new(bytes),
                journal: RefCell::default(),
                epoch: RefCell::default(),
                sector_bytes: 512,
            }
        }

        pub fn with_sectors(self, sector_bytes: u32) -> Self {
            Self { sector_bytes, ..self }
        }

        /// `start` with the journalled writes for which `landed(index, epoch)` holds.
        pub fn replay(&self, start: &[u8], landed: impl Fn(usize, usize) -> bool) -> Memory {
            let mut bytes = start.to_vec();
            for (i, (epoch, sector, new)) in self.journal.borrow().iter().enumerate() {
                if landed(i, *epoch) {
                    let at = (*sector * u64::from(self.sector_bytes)) as usize;
                    bytes[at..at + new.len()].copy_from_slice(new);
                }
            }
            Memory::of(bytes).with_sectors(self.sector_bytes)
        }

        /// Bytes of every sector that is not zero, to compare two disks.
        pub fn nonzero(&self) -> BTreeMap<usize, Vec<u8>> {
            let bytes = self.bytes.borrow();
            bytes
                .chunks(512)
                .enumerate()
                .filter(|(_, c)| c.iter().any(|b| *b != 0))
                .map(|(i, c)| (i, c.to_vec()))
                .collect()
        }
    }

    impl Device for Memory {
        fn size_bytes(&self) -> u64 {
            self.bytes.borrow().len() as u64
        }

        fn sector_bytes(&self) -> u32 {
            self.sector_bytes
        }

        fn read(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
            let bytes = self.bytes.borrow();
            let from = bytes.get(offset as usize..).and_then(|rest| rest.get(..buffer.len()));
            buffer.copy_from_slice(from.ok_or(io::ErrorKind::UnexpectedEof)?);
            Ok(())
        }

        fn write(&self, offset: u64, new: &[u8]) -> io::Result<()> {
            let sector = self.sector_bytes as usize;
            assert_eq!((offset as usize % sector, new.len() % sector), (0, 0), "writes are whole sectors");
            let mut bytes = self.bytes.borrow_mut();
            for (i, chunk) in new.chunks(sector).enumerate() {
                let at = offset as usize + i * sector;
                bytes.get_mut(at..at + sector).ok_or(io::ErrorKind::UnexpectedEof)?.copy_from_slice(chunk);
                self.journal.borrow_mut().push((*self.epoch.borrow(), (at / sector) as u64, chunk.to_vec()));
            }
            Ok(())
        }

        fn flush(&self) -> io::Result<()> {
            *self.epoch.borrow_mut() += 1;
            Ok(())
        }
    }
}
