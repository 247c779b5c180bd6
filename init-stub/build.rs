//! Leaves the unwind tables of the C parts out of a release: a panic aborts, so nobody reads them, and they are a tenth
//! of the binary. Tests keep theirs, because they catch panics.

use std::env::var;

const DISCARD: &str =
    "SECTIONS { /DISCARD/ : { *(.eh_frame) *(.eh_frame.*) *(.eh_frame_hdr) } } INSERT AFTER .rodata;\n";

fn main() -> std::io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    if var("PROFILE").as_deref() == Ok("release") {
        let script = format!("{}/discard.ld", var("OUT_DIR").unwrap_or_default());
        std::fs::write(&script, DISCARD)?;
        println!("cargo:rustc-link-arg-bins=-Wl,-T,{script}");
    }
    Ok(())
}
