//! What the boot loader and Keel itself keep in variables of the firmware.

use super::job::{Begun, Breadcrumb};
use crate::core::efi;
use crate::modules::Index;
use crate::sys::mounted::Mounted;
use std::io;
use std::path::Path;

/// The vendor GUID of the boot loader interface, which systemd-boot implements.
const LOADER: &str = "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
/// Keel's own variable: how far the image on trial has come.
const TRIAL: &str = "KeelTrial-5bd0c5c8-7a6e-4b0e-9a63-1f6f2c1a7e44";
/// Non-volatile, and accessible before and after the boot loader.
const ATTRIBUTES: [u8; efi::ATTRIBUTE_BYTES] = [7, 0, 0, 0];
const LIMIT: usize = 4096;

/// The variables.
pub struct Firmware(Mounted);

impl Firmware {
    /// Mounts them. The initramfs has the module and no program that the kernel could ask for it.
    pub fn open() -> io::Result<Self> {
        if let Ok(index) = Index::read() {
            // Where it is missing the mount says so.
            let _ = index.load("efivarfs");
        }
        Mounted::writable("efivarfs", "efivarfs").map(Self)
    }

    /// What this boot was started from.
    pub fn begun(&self) -> io::Result<Begun> {
        Ok(Begun {
            entry: self.text("LoaderEntrySelected")?,
            is_counted: self.text("LoaderBootCountPath")?.is_some(),
            partition: self.text("LoaderDevicePartUUID")?,
            breadcrumb: self.breadcrumb()?,
        })
    }

    /// What the image on trial has left; None also where it cannot be read, because then nothing can be made of it.
    pub fn breadcrumb(&self) -> io::Result<Option<Breadcrumb>> {
        let bytes = self.0.read(TRIAL, LIMIT)?;
        Ok(bytes.and_then(|bytes| serde_json::from_slice(bytes.get(efi::ATTRIBUTE_BYTES..)?).ok()))
    }

    /// Leaves one, in the place of what is there.
    pub fn leave(&self, breadcrumb: &Breadcrumb) -> io::Result<()> {
        let mut bytes = ATTRIBUTES.to_vec();
        bytes.extend(serde_json::to_vec(breadcrumb)?);
        self.0.write_variable(TRIAL, &bytes)
    }

    /// Takes it away.
    pub fn forget(&self) -> io::Result<()> {
        self.0.remove_variable(TRIAL)
    }

    fn text(&self, name: &str) -> io::Result<Option<String>> {
        Ok(self.0.read(&format!("{name}-{LOADER}"), LIMIT)?.and_then(|bytes| efi::text(&bytes)))
    }
}

/// Whether this machine has such firmware.
pub fn is_there() -> bool {
    Path::new("/sys/firmware/efi").exists()
}
