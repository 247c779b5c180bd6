//! The stages of a boot, one deed per file. Each is `fn run(node: &mut Node) -> Result<()>`.
