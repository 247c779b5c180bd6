import { NAMES } from '../../schema/names.ts'
import { DEFAULTS, EMULATED_CPU } from '../vm/qemu.ts'
import { MACHINE_OPTIONAL, MACHINE_REQUIRED, type VirtualMachine, virtualMachine } from './machine.ts'
import { libvirtNetwork } from './network.ts'
import { shellCommand } from './shell-command.ts'
import { target } from './target.ts'

export const virtInstall = target({
  description: 'a virt-install command, which makes the same domain and starts it',
  required: MACHINE_REQUIRED,
  optional: [...MACHINE_OPTIONAL, 'network'],
  text: given => shellCommand(wordsOf(virtualMachine(given), libvirtNetwork(given))),
})

/** virt-install splits an option's value at commas that no quotes enclose. */
export function quoted(value: string): string {
  return /[,"'\\]/.test(value) ? `"${value.replace(/["\\]/g, '\\$&')}"` : value
}

function wordsOf(machine: VirtualMachine, network: { kind: string; name: string }): string[] {
  const { name, uuid, mac, memoryMib, cpus, accelerator, disk, seed, events } = machine
  const isCd = seed.kind === 'iso'
  return [
    ...[
      'virt-install',
      '--name',
      name,
      '--uuid',
      uuid,
      '--virt-type',
      accelerator === 'kvm' ? 'kvm' : 'qemu',
    ],
    ...['--memory', String(memoryMib), '--vcpus', String(cpus), '--cpu', cpuOf(accelerator)],
    ...['--arch', 'x86_64', '--machine', 'q35', '--osinfo', 'detect=off,require=off', '--import'],
    ...['--boot', 'firmware=efi,firmware.feature0.name=secure-boot,firmware.feature0.enabled=no,hd'],
    '--disk',
    `path=${quoted(disk.file)},format=${disk.format},bus=virtio,serial=${DEFAULTS.diskSerial},driver.discard=unmap`,
    '--disk',
    `path=${quoted(seed.file)},format=raw,${isCd ? 'device=cdrom,bus=sata' : 'bus=virtio'},readonly=on`,
    ...['--network', `${network.kind}=${quoted(network.name)},mac=${mac},model=virtio`],
    ...(events === undefined
      ? []
      : [
          '--channel',
          `type=file,source.path=${quoted(events)},target.type=virtio,target.name=${NAMES.events.name}`,
        ]),
    ...['--rng', '/dev/urandom', '--graphics', 'none', '--noautoconsole'],
  ]
}

const cpuOf = (accelerator: VirtualMachine['accelerator']): string =>
  accelerator === 'kvm'
    ? 'host-passthrough'
    : ['mode=maximum', ...EMULATED_CPU.without.map(feature => `disable=${feature}`)].join(',')
