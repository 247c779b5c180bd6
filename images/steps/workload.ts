import type { Step } from '../step.ts'

const FLAGS = [
  ...['-static', '-nostdlib', '-nostartfiles', '-ffreestanding', '-fno-pie', '-no-pie'],
  ...['-fno-stack-protector', '-fno-asynchronous-unwind-tables', '-fcf-protection=none'],
  ...[
    '-Os',
    '-s',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-Wl,--build-id=none',
    '-Wl,-z,norelro',
    '-Wl,-z,noseparate-code',
  ],
]

/** One of the programs that Keel's own container images hold: a kilobyte or two, no C library. */
export const workloadStep = (name: string): Step => ({
  id: `workload-${name}`,
  label: `workload ${name} compiled`,
  files: [`images/workloads/${name}.c`, 'images/workloads/syscall.h'],
  probes: [{ argv: ['gcc', '-dumpfullversion'] }, { argv: ['ld', '--version'] }],
  needs: [],
  commands: [
    { argv: ['gcc', ...FLAGS, '-o', `{out}/${name}`, `images/workloads/${name}.c`], cwd: '{checkout}' },
  ],
})
