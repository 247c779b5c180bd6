//! The folder of images on the ESP. It is read and renamed in while it is mounted nowhere; only contents are written by the kernel.

use crate::core::device::Device;
use crate::core::fat::{Fat, Named};
use crate::core::slots::{FOLDER, SlotImage, SlotState};
use std::io::{Error, Result};

/// An image with its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageFile {
    /// What its name says.
    pub image: SlotImage,
    file: Named,
}

/// All images; None: it has no such folder.
pub fn images(device: &dyn Device) -> Result<Option<Vec<ImageFile>>> {
    let files = Fat::open(device)?.list(FOLDER)?;
    let image = |file: Named| Some(ImageFile { image: SlotImage::parse(&file.name)?, file });
    Ok(files.map(|files| files.into_iter().filter_map(image).collect()))
}

/// Gives an image another state, which is on the disk when this returns. Nothing is written if it has it already.
pub fn set_state(device: &dyn Device, found: &ImageFile, state: SlotState) -> Result<SlotImage> {
    let image = SlotImage { state, ..found.image.clone() };
    let name = image.to_string();
    if found.file.name == name {
        return Ok(image);
    }
    let writes = Fat::open(device)?.rename(&found.file, &name)?;
    let Some(writes) = writes else {
        return Err(Error::other(format!("{} has no room for the name {name}", found.file.name)));
    };
    for write in writes {
        device.write(write.offset, &write.bytes)?;
        // The order in which they are on the disk is the one in which they are harmless.
        device.flush()?;
    }
    Ok(image)
}
