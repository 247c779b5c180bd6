/** A driver for hardware that tests cannot have is checked against the kernel's own alias list. */
import { beforeAll, describe, expect, test } from 'vitest'
import { HARDWARE, type HardwareRow, modaliasOf, RECIPES } from '../../images/index.ts'
import type { ModuleIndex } from '../../images/layout/modules.ts'
import { HYPERVISOR_MODULES } from '../../images/recipes/hypervisor-modules.ts'
import type { EntryFact } from '../../images/report.ts'
import { busesOfInit, busOf, type Drivers, driversIn, modulesFor } from './device-drivers.ts'
import { buildMetalFolder, EMULATED, METAL_FOLDER } from './metal-folder.ts'
import { entries, imageDir, imageFacts, openImage } from './opened.ts'

beforeAll(buildMetalFolder)

const FOLDERS: Readonly<Record<string, string>> = { cloud: imageDir, metal: METAL_FOLDER }

function imageOf(recipe: string): { drivers: Drivers; entries: EntryFact[] } {
  const folder = FOLDERS[recipe] ?? ''
  return { drivers: driversIn(openImage(folder).root, imageFacts(folder)), entries: entries(folder) }
}

const rowsOf = (recipe: string) => RECIPES[recipe]?.({ keelVersion: '1', imageVersion: '1' }).modules ?? []

/** The modules with all that they need. */
function withNeeds(index: ModuleIndex, names: Iterable<string>): Set<string> {
  const reached = new Set<string>()
  const visit = (name: string): void => {
    if (reached.has(name)) return
    reached.add(name)
    for (const dep of index.modules[name]?.deps ?? []) visit(dep)
  }
  for (const name of names) visit(name)
  return reached
}

/** The modules whose files only machines with some hardware open. */
function markedHardware(recipe: string): string[] {
  const image = imageOf(recipe)
  const { modules } = image.drivers.index
  const byFile = new Map(Object.entries(modules).map(([name, { file }]) => [file, name]))
  return image.entries
    .filter(({ only }) => only === 'hardware')
    .map(({ path }) => byFile.get(path.replace(/^\/lib\/modules\/[^/]+\//, '')) ?? path)
}

/** The modules that drive a device on a bus that init looks at. */
function driving(recipe: string): Set<string> {
  const buses = busesOfInit()
  const { aliases } = imageOf(recipe).drivers.index
  return new Set(aliases.filter(([alias]) => buses.includes(busOf(alias))).map(([, name]) => name))
}

const nameOf = (row: HardwareRow) =>
  `${row.platforms.join()}: ${row.device}, ${modaliasOf(row)}, ${row.driver}`

/** Whether the image has the row's driver and the driver takes the device. What is part of the kernel lists no devices. */
const isDriven = ({ index, builtIn }: Drivers, row: HardwareRow): boolean =>
  modulesFor(index, modaliasOf(row)).includes(row.driver) || builtIn.has(row.driver)

describe.each(['cloud', 'metal'])('the recipe %s', recipe => {
  test('drives every device that hardware.json says it drives, and no other', () => {
    const { drivers } = imageOf(recipe)
    const undriven = HARDWARE.filter(row => !isDriven(drivers, row)).map(nameOf)
    expect(undriven).toEqual(HARDWARE.filter(({ recipes }) => !recipes.includes(recipe)).map(nameOf))
  })

  test('has no driver that waits for a device which hardware.json does not name', () => {
    const known = new Set(
      HARDWARE.filter(({ recipes }) => recipes.includes(recipe)).map(({ driver }) => driver),
    )
    const waiting = rowsOf(recipe).filter(({ load }) => load === 'device')
    expect(waiting.map(({ name }) => name).filter(name => !known.has(name))).toEqual([])
  })

  test('has no row that waits for a device on a bus that init does not look at', () => {
    const driven = driving(recipe)
    const waiting = rowsOf(recipe).filter(({ load }) => load === 'device')
    expect(waiting.map(({ name }) => name).filter(name => !driven.has(name))).toEqual([])
  })

  test('marks no file as hardware but drivers that a device, another driver or a row asks for', () => {
    const { index } = imageOf(recipe).drivers
    const named = rowsOf(recipe).filter(({ load }) => load === 'ask')
    const reached = withNeeds(index, [...driving(recipe), ...named.map(({ name }) => name)])
    expect(markedHardware(recipe).length).toBeGreaterThan(10)
    expect(markedHardware(recipe).filter(name => !reached.has(name))).toEqual([])
  })

  test('has a kernel that brings up the buses which no module does', () => {
    const wanted = ['ACPI', 'PCI', 'XEN_PVHVM', 'XEN_XENBUS_FRONTEND', 'VIRTIO_PCI', 'NET', 'BLOCK']
    const { config } = imageOf(recipe).drivers
    expect(wanted.filter(option => !config.includes(`CONFIG_${option}=y`))).toEqual([])
  })
})

test('every device of hardware.json is on a bus that init looks at', () => {
  const buses = busesOfInit()
  expect(buses.length).toBeGreaterThan(4)
  expect(HARDWARE.map(modaliasOf).filter(alias => !buses.includes(busOf(alias)))).toEqual([])
})

test('in the recipe cloud only the drivers of hypervisors, and what they alone need, are marked as hardware', () => {
  const names = HYPERVISOR_MODULES.map(({ name }) => name)
  const allowed = withNeeds(imageOf('cloud').drivers.index, names)
  expect(markedHardware('cloud').filter(name => !allowed.has(name))).toEqual([])
  expect(markedHardware('cloud')).toEqual(expect.arrayContaining(names))
})

test('the image says what it is, and that no other kernel or package is in it', () => {
  const facts = imageFacts(METAL_FOLDER)
  expect([facts.recipe, facts.kind]).toEqual(['metal', 'pxe'])
  const usual = 'console=tty0 console=ttyS0,115200 panic=10 loglevel=4'
  expect(facts.cmdline).toBe(`${usual} ${EMULATED}`)
  const names = facts.components.map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(['linux-metal', 'systemd-boot']))
  expect(names).not.toContain('linux')
})
