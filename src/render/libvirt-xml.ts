import { NAMES } from '../../schema/names.ts'
import { DEFAULTS, EMULATED_CPU } from '../vm/qemu.ts'
import { MACHINE_OPTIONAL, MACHINE_REQUIRED, type VirtualMachine, virtualMachine } from './machine.ts'
import { libvirtNetwork } from './network.ts'
import { target } from './target.ts'

export const libvirtXml = target({
  description: 'a domain for virsh define',
  required: MACHINE_REQUIRED,
  optional: [...MACHINE_OPTIONAL, 'network'],
  text: given => domain(virtualMachine(given), libvirtNetwork(given)),
})

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

/** Text as the value of an attribute. */
export function xml(text: string): string {
  return text.replace(/[&<>"']/g, character => ENTITIES[character] ?? character)
}

/** Secure boot is off, because nobody signs Keel's images; libvirt finds the firmware that has none. */
function domain(machine: VirtualMachine, network: { kind: string; name: string }): string {
  const { name, uuid, mac, memoryMib, cpus, accelerator, disk } = machine
  return `<domain type='${accelerator === 'kvm' ? 'kvm' : 'qemu'}'>
  <name>${name}</name>
  <uuid>${uuid}</uuid>
  <memory unit='MiB'>${memoryMib}</memory>
  <vcpu>${cpus}</vcpu>
  <os firmware='efi'>
    <type arch='x86_64' machine='q35'>hvm</type>
    <firmware>
      <feature enabled='no' name='secure-boot'/>
    </firmware>
    <boot dev='hd'/>
  </os>
  <features>
    <acpi/>
  </features>
${cpuOf(accelerator)}
  <clock offset='utc'/>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='${disk.format}' discard='unmap'/>
      <source file='${xml(disk.file)}'/>
      <target dev='vda' bus='virtio'/>
      <serial>${DEFAULTS.diskSerial}</serial>
    </disk>
${seedOf(machine)}
    <interface type='${network.kind}'>
      <mac address='${mac}'/>
      <source ${network.kind}='${xml(network.name)}'/>
      <model type='virtio'/>
    </interface>
    <serial type='pty'/>
    <console type='pty'/>
${eventsOf(machine)}    <rng model='virtio'>
      <backend model='random'>/dev/urandom</backend>
    </rng>
  </devices>
</domain>
`
}

function cpuOf(accelerator: VirtualMachine['accelerator']): string {
  if (accelerator === 'kvm') return `  <cpu mode='host-passthrough'/>`
  const features = EMULATED_CPU.without.map(name => `    <feature policy='disable' name='${name}'/>\n`)
  return `  <cpu mode='maximum'>\n${features.join('')}  </cpu>`
}

function seedOf({ seed }: VirtualMachine): string {
  const isCd = seed.kind === 'iso'
  return `    <disk type='file' device='${isCd ? 'cdrom' : 'disk'}'>
      <driver name='qemu' type='raw'/>
      <source file='${xml(seed.file)}'/>
      <target ${isCd ? "dev='sda' bus='sata'" : "dev='vdb' bus='virtio'"}/>
      <readonly/>
    </disk>`
}

function eventsOf({ events }: VirtualMachine): string {
  if (events === undefined) return ''
  return `    <channel type='file'>
      <source path='${xml(events)}'/>
      <target type='virtio' name='${NAMES.events.name}'/>
    </channel>
`
}
