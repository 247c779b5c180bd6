import type { Step } from '../step.ts'

const TARGET = 'x86_64-unknown-linux-gnu'
const FLAGS =
  '-C target-feature=+crt-static -C force-unwind-tables=no -C link-arg=-Wl,-z,pack-relative-relocs'
/** Instructions that several functions have in common are there once: a fortieth of the binary. A build for tests would take longer. */
const OUTLINED = '-C llvm-args=-enable-machine-outliner=always'

/** keel-init, static. The schemas count as inputs because it carries them. */
export const cargoStep = (id: string, crate: string, home: string): Step => ({
  id,
  label: `${id} built from ${crate}/`,
  files: [
    `${crate}/Cargo.toml`,
    `${crate}/Cargo.lock`,
    `${crate}/src`,
    `${crate}/.cargo`,
    `${crate}/build.rs`,
    'schema',
  ],
  probes: [
    { argv: ['rustc', '-vV'] },
    { argv: ['gcc', '-dumpfullversion'] },
    { argv: ['gcc', '-print-file-name=libc.a'], file: true },
  ],
  needs: [],
  commands: [
    {
      // Always with --target: without it crt-static reaches the procedural macros, which then fail to build.
      argv: ['cargo', 'build', '--release', '--locked', '--target', TARGET],
      cwd: `{checkout}/${crate}`,
      env: {
        CARGO_TARGET_DIR: '{cache}/cargo',
        // The flags of the crate's .cargo/config.toml, which this variable replaces, and paths that are the same everywhere.
        RUSTFLAGS: `${FLAGS} --remap-path-prefix={checkout}=/keel --remap-path-prefix=${home}=/cargo ${OUTLINED}`,
      },
    },
    { argv: ['cp', `{cache}/cargo/${TARGET}/release/${id}`, `{out}/${id}`], cwd: '{work}' },
  ],
})
