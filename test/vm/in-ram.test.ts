import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { IN_RAM } from './configs.ts'
import { outline } from './outline.ts'
import { boot, machineConfig, powerOff, steady } from './vm.ts'

const STAGES_OF_A_NODE_IN_RAM = [
  ...['boot-started', 'mounts ok', 'console ok', 'modules ok', 'root ok'],
  ...['mounts ok', 'cgroups ok', 'modules ok', 'observe ok'],
]
const PROVISIONING = [
  ...['source ok', 'verify ok', 'plan storage 0 durable', 'disks ok', 'filesystems ok', 'persist ok'],
  ...['plan files 0 durable', 'files ok', 'system ok', 'link-configured', 'network ok', 'time ok'],
  ...['runtime ok', 'join ok', 'steady', 'steady ok'],
]

test('a node without a disk lives in RAM and says every stage', async () => {
  const vm = await boot({ config: [IN_RAM], product: true })
  await steady(vm)
  await powerOff(vm)
  // Which sources there are is the sources' business; here counts that one has a config, and when it is asked.
  const sources = ['source fw-cfg config']
  const shown = outline(vm.events).filter(line => !line.endsWith(' no-config'))
  const end = ['shutdown power-button power-off', 'shutdown clean power-off']
  expect(shown, vm.console()).toEqual([...STAGES_OF_A_NODE_IN_RAM, ...sources, ...PROVISIONING, ...end])
})

test('a machine config on the kernel command line is enough', async () => {
  const compressed = execFileSync('gzip', ['-9n'], { input: machineConfig([IN_RAM]) })
  const vm = await boot({ cmdline: `keel.config.inline=${compressed.toString('base64')}` })
  await steady(vm)
  expect(outline(vm.events), vm.console()).toContain('source cmdline-inline config')
})

test('two sources that agree are one config', async () => {
  const compressed = execFileSync('gzip', ['-9n'], { input: machineConfig([IN_RAM]) })
  const vm = await boot({ config: [IN_RAM], cmdline: `keel.config.inline=${compressed.toString('base64')}` })
  await steady(vm)
  expect(outline(vm.events), vm.console()).toContain('source fw-cfg config')
})

test('a machine that needs no config may have none', async () => {
  const vm = await boot({ cmdline: 'keel.config.required=no' })
  await steady(vm)
})
