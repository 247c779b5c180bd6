import { expect, test } from 'vitest'
import { type Machine, qemuArgs } from '../../src/qemu.ts'

const MACHINE: Machine = {
  kernel: '/i/vmlinuz',
  initramfs: '/i/initramfs.cpio',
  cmdline: 'console=ttyS0',
  configFile: '/r/machine.json',
  accelerator: 'tcg',
  cpus: 2,
  memoryMib: 1024,
  disks: [{ file: '/d/a,b.img', serial: 'keel-disk' }],
  eventSocket: '/r/events',
  commandSocket: '/r/qmp',
  consoleFile: '/r/console',
  forwards: [{ host: 40000, guest: 10250 }],
}

test('the guest gets its config, its disk with a serial number, its event port and nothing of the host’s network', () => {
  const line = qemuArgs(MACHINE).join(' ')
  expect(line).toContain('-fw_cfg name=opt/dev.keel/config,file=/r/machine.json')
  expect(line).toContain('virtio-blk-pci,drive=disk0,serial=keel-disk')
  expect(line).toContain('name=dev.keel.events')
  expect(line).toContain('user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:40000-:10250')
})

test('a comma in a path does not end the option', () => {
  expect(qemuArgs(MACHINE).join(' ')).toContain('file=/d/a,,b.img')
})

test('KVM is used only when asked for', () => {
  expect(qemuArgs(MACHINE).join(' ')).toContain('-accel tcg,thread=multi -cpu max')
  expect(qemuArgs({ ...MACHINE, accelerator: 'kvm' }).join(' ')).toContain('-accel kvm -cpu host')
})
