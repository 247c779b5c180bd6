/** Drivers of other hypervisors and of servers, as far as QEMU plays their devices: the rest is for test/image/hardware.test.ts. */
import { beforeAll, describe, expect, test } from 'vitest'
import { imageFilesIn } from '../../src/image/image-files.ts'
import type { Nic } from '../../src/vm/qemu-network.ts'
import { buildMetalFolder, METAL_FOLDER } from '../image/metal-folder.ts'
import { durableActions } from './outline.ts'
import { type BootOptions, boot, newDisk, powerOff, steady } from './vm.ts'

/** One disk for each partition, so that every controller has to work. */
const nodeOn = (disks: readonly string[]): string => {
  const labels = ['KEEL-STATE', 'KEEL-DATA', ...disks.slice(2).map((_, i) => `more-${i}`)]
  const rows = disks.map(
    (serial, i) => `    - {match: {serial: ${serial}}, partitions: [{label: ${labels[i]}, size: rest}]}`,
  )
  return `
apiVersion: keel/v1
hostname: on-hardware
storage:
  disks:
${rows.join('\n')}
kubernetes: {role: none}
`
}

const WAIT_MS = 120_000

type Controller = NonNullable<BootOptions['behind']>

/** Boots with these cards and controllers; returns what was written, and how many interfaces got an address by DHCP. */
async function provisioned(cards: string[], controllers: Controller[], image?: BootOptions['image']) {
  const nics = cards.map((device): Nic => ({ kind: 'user', reach: 'nothing', device }))
  const disks = controllers.map(behind => ({ file: newDisk(128), serial: behind, behind }))
  const config = [nodeOn(controllers)]
  const vm = await boot({ config, disks, hardware: { nics }, product: true, ...(image && { image }) })
  const configured = () =>
    new Set(vm.events.filter(({ type }) => type === 'link-configured').map(event => event.interface))
  await steady(vm)
  await vm.waitFor('an address for each card', () => configured().size >= cards.length, WAIT_MS)
  await powerOff(vm)
  const actions = durableActions(vm.events)
  return {
    addresses: configured().size,
    tables: actions.filter(action => action.startsWith('write-table')).length,
    partitions: actions.filter(action => action.startsWith('finish-partition')).sort(),
    console: vm.console(),
  }
}

const partitionsOf = (...labels: string[]) => labels.map(label => `finish-partition ${label}`)

/** Two interfaces, one above the other, as Azure has them with accelerated networking: only the upper one is to be used. */
const TWO_IN_ONE = 'virtio-net-pci,failover=on'

test("the recipe cloud has network and disks by VMware's devices, and leaves an interface below another alone", async () => {
  const { console, ...done } = await provisioned(['vmxnet3', TWO_IN_ONE], ['pvscsi', 'nvme'])
  expect(done, console).toEqual({
    addresses: 2,
    tables: 2,
    partitions: partitionsOf('KEEL-DATA', 'KEEL-STATE'),
  })
})

describe('the recipe metal', () => {
  beforeAll(buildMetalFolder)

  test('has network and disks by the cards and controllers of servers', async () => {
    const cards = ['e1000', 'e1000e', 'igb', 'vmxnet3']
    const { console, ...done } = await provisioned(
      cards,
      ['megasas', 'mptsas', 'pvscsi'],
      imageFilesIn(METAL_FOLDER),
    )
    expect(done, console).toEqual({
      addresses: cards.length,
      tables: 3,
      partitions: partitionsOf('KEEL-DATA', 'KEEL-STATE', 'more-0'),
    })
  })
})
