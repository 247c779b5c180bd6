//! QEMU's firmware configuration device, item `opt/dev.keel/config`.

use super::SourceAnswer;
use super::answer::too_large;
use crate::core::config::LIMIT;
use crate::core::error::{Code, Step};
use crate::pid1::interrupt::Interrupt;
use crate::pid1::node::Node;
use std::io::ErrorKind;

const ITEM: &str = "/sys/firmware/qemu_fw_cfg/by_name/opt/dev.keel/config";
const PLACE: &str = "fw_cfg opt/dev.keel/config";

/// Reads the item. The module qemu_fw_cfg is on the image's list, so that without the device there is no directory.
pub fn ask(_: &mut Node) -> Result<SourceAnswer, Interrupt> {
    Ok(look())
}

fn look() -> SourceAnswer {
    let size = match std::fs::read_to_string(format!("{ITEM}/size")) {
        Err(e) if e.kind() == ErrorKind::NotFound => return SourceAnswer::NoConfig,
        read => read.map(|text| text.trim().parse().unwrap_or(usize::MAX)),
    };
    let bytes = match size {
        Ok(size) if size > LIMIT => return too_large(PLACE),
        Ok(size) => read(size),
        Err(e) => Err(e),
    };
    bytes
        .step(Code::ConfigUnreadable, "read", PLACE)
        .map_or_else(SourceAnswer::Fatal, |bytes| SourceAnswer::Config(bytes.into()))
}

/// By the port where that is allowed, otherwise by the kernel's file.
fn read(size: usize) -> std::io::Result<Vec<u8>> {
    let item = std::fs::read_to_string(format!("{ITEM}/key"))?.trim().parse().map_err(std::io::Error::other)?;
    crate::sys::fw_cfg::read(item, size).or_else(|_| std::fs::read(format!("{ITEM}/raw")))
}
