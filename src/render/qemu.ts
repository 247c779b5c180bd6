import { dirname, join } from 'node:path'
import { DEFAULTS, type Parts, terminalArgs } from '../vm/qemu.ts'
import { UEFI } from '../vm/qemu-firmware.ts'
import type { Nic } from '../vm/qemu-network.ts'
import { MACHINE_OPTIONAL, MACHINE_REQUIRED, type VirtualMachine, virtualMachine } from './machine.ts'
import { shellCommand, shellWord } from './shell-command.ts'
import { target } from './target.ts'

/** The machine is the one of `keelctl vm run`, but that it starts from its disk and talks to a terminal. */
export const qemu = target({
  description: 'a shell script that starts the machine in the terminal by QEMU alone',
  required: MACHINE_REQUIRED,
  optional: MACHINE_OPTIONAL,
  text: given => script(virtualMachine(given)),
})

function script(machine: VirtualMachine): string {
  const vars = join(dirname(machine.disk.file), `${machine.name}.vars.fd`)
  return `#!/bin/sh
# Ctrl-A C is QEMU's own prompt and back; system_powerdown is the power button there. Ctrl-A X pulls the plug.
set -e
# The variables of this machine's firmware are its own.
test -e ${shellWord(vars)} || cp ${UEFI.vars} ${shellWord(vars)}
exec ${shellCommand(['qemu-system-x86_64', ...terminalArgs(partsOf(machine, vars), machine.events)])}`
}

function partsOf(machine: VirtualMachine, vars: string): Parts {
  const { name, uuid, mac, memoryMib, cpus, accelerator, disk, seed, bridge } = machine
  const nic: Nic =
    bridge === undefined
      ? { kind: 'user', reach: 'namespace', hostname: name, mac }
      : { kind: 'bridge', name: bridge, mac }
  return {
    starts: { from: 'disk', by: 'uefi', vars },
    accelerator,
    cpus,
    memoryMib,
    disks: [{ ...disk, serial: DEFAULTS.diskSerial }],
    media: [{ file: seed.file, as: seed.kind === 'iso' ? 'ide-cd' : 'disk' }],
    nics: [nic],
    forwards: [],
    uuid,
  }
}
