import { NAMES } from '../../schema/names.ts'
import { UsageError } from '../cli/errors.ts'
import { KUBELET_PORT } from '../kubelet/client.ts'
import { UEFI } from '../vm/qemu-firmware.ts'
import { xml } from './libvirt-xml.ts'
import { type Machine, machineWithoutDisk } from './machine.ts'
import { target } from './target.ts'

export const vagrant = target({
  description: 'a Vagrantfile for the box that image build --as vagrant made, and the provider libvirt',
  required: ['seed'],
  optional: ['name', 'memory', 'cpus', 'accelerator', 'events', 'box'],
  text: given => `${COMMUNICATOR}\n${vagrantfile(machineWithoutDisk(given), given.box ?? 'keel')}`,
})

/** Ruby's plainest string: two characters in it mean something else than themselves. */
export const ruby = (text: string): string => `'${text.replace(/['\\]/g, '\\$&')}'`

/** The provider pastes its options into XML unchanged. */
const rubyForXml = (text: string): string => ruby(xml(text))

/** `vagrant up` ends when a communicator says so, and those that Vagrant has are shells: a node has none. */
const COMMUNICATOR = `require 'socket'

# A node has no ssh, and nothing is run in it: it is up when its kubelet answers.
module Keel
  class Communicator < Vagrant.plugin('2', :communicator)
    def initialize(machine)
      @machine = machine
    end

    def ready?
      address = @machine.provider.driver.get_ipaddress
      address ? Socket.tcp(address, ${KUBELET_PORT}, connect_timeout: 2) { true } : false
    rescue SystemCallError, Fog::Errors::TimeoutError
      false
    end
  end

  # It can do nothing that Vagrant asks a guest for, so vagrant halt presses the power button.
  class Guest < Vagrant.plugin('2', :guest)
    def detect?(_machine)
      true
    end
  end

  class Plugin < Vagrant.plugin('2')
    name 'keel'
    communicator('keel') { Communicator }
    guest('keel') { Guest }
  end
end
`

/** Firmware without variables of its own: a file of them would outlive \`vagrant destroy\`. */
function vagrantfile(machine: Machine, box: string): string {
  const { name, cpus, memoryMib, accelerator, seed, events } = machine
  if (seed.kind !== 'iso')
    throw new UsageError('--seed: Vagrant attaches it as a CD-ROM, so its name must end in .iso')
  return `Vagrant.configure('2') do |config|
  config.vm.define ${ruby(name)}
  config.vm.box = ${ruby(box)}
  config.vm.communicator = 'keel'
  config.vm.guest = :keel
  # Longer than pods are given to stop; then the plug is pulled.
  config.vm.graceful_halt_timeout = 120
  config.vm.synced_folder '.', '/vagrant', disabled: true

  config.vm.provider :libvirt do |libvirt|
${driverOf(accelerator)}    libvirt.cpus = ${cpus}
    libvirt.memory = ${memoryMib}
    libvirt.machine_type = 'q35'
    libvirt.loader = ${ruby(UEFI.stateless)}
    # In GB; it takes only what is written to it, and the node resizes nothing but what its config says.
    libvirt.machine_virtual_size = ${DISK_GB}
    libvirt.graphics_type = 'none'
    libvirt.random model: 'random'
    libvirt.storage :file, device: :cdrom, bus: 'sata', dev: 'sda', path: ${rubyForXml(seed.file)}
${eventsOf(events)}  end
end
`
}

const DISK_GB = 20

/** A processor that QEMU emulates without what makes the kernel slow there (EMULATED_CPU); the provider can leave nothing out of one. */
function driverOf(accelerator: Machine['accelerator']): string {
  if (accelerator === 'kvm') return `    libvirt.cpu_mode = 'host-passthrough'\n`
  return `    libvirt.driver = 'qemu'
    libvirt.cpu_mode = 'custom'
    libvirt.cpu_model = 'Westmere'
`
}

function eventsOf(events: string | undefined): string {
  if (events === undefined) return ''
  return `    libvirt.channel type: 'file', source_path: ${rubyForXml(events)}, target_type: 'virtio', target_name: ${ruby(NAMES.events.name)}\n`
}
