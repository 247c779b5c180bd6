//! Reading an item of QEMU's firmware configuration device in one pass over its I/O port. The kernel's file gives a
//! page per read and skips byte by byte to where the page begins: a megabyte would take minutes.

use std::io::Result;

/// Selects an item; the data register behind it then gives its bytes one after the other.
const SELECTOR: u16 = 0x510;
const DATA: u16 = 0x511;

/// The first `length` bytes of the item. EPERM where the kernel is locked down.
#[cfg(target_arch = "x86_64")]
pub fn read(item: u16, length: usize) -> Result<Vec<u8>> {
    let mut bytes = vec![0u8; length];
    permit(true)?;
    // SAFETY: this process may use both ports. The string instruction writes exactly `length` bytes, which `bytes`
    // has, upwards, because the ABI keeps the direction flag clear.
    unsafe {
        std::arch::asm!("out dx, ax", in("dx") SELECTOR, in("ax") item, options(nostack, preserves_flags));
        std::arch::asm!("rep insb", in("dx") DATA, inout("rdi") bytes.as_mut_ptr() => _, inout("rcx") length => _, options(nostack, preserves_flags));
    }
    permit(false)?;
    Ok(bytes)
}

/// Other machines have no such port.
#[cfg(not(target_arch = "x86_64"))]
pub fn read(_: u16, _: usize) -> Result<Vec<u8>> {
    Err(std::io::ErrorKind::Unsupported.into())
}

#[cfg(target_arch = "x86_64")]
fn permit(allowed: bool) -> Result<()> {
    // SAFETY: ioperm takes numbers only.
    match unsafe { libc::ioperm(libc::c_ulong::from(SELECTOR), 2, i32::from(allowed)) } {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    }
}
