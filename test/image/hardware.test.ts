/** A driver for hardware that nobody here has is judged by what the kernel says of it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { ImageFacts } from '../../images/index.ts'
import type { ModuleIndex } from '../../images/layout/modules.ts'
import { metal } from '../../images/recipes/metal.ts'
import type { EntryFact } from '../../images/report.ts'
import { tempDir } from '../temp-dir.ts'
import { buildMetalFolder, EMULATED, METAL_FOLDER } from './metal-folder.ts'
import { entries as cloudEntries } from './opened.ts'
import { unpackInitramfs, unpackRoot } from './unpack.ts'

const json = (name: string): unknown => JSON.parse(readFileSync(join(METAL_FOLDER, name), 'utf8'))

beforeAll(buildMetalFolder)

/** The buses whose devices init asks for their drivers (init-stub/src/modules/devices.rs). */
const BUSES = /^(pci|vmbus|virtio|usb|scsi|mmc):/

test('each driver that only some hardware opens is one that a device, another driver or a row asks for', () => {
  const index = indexOf(join(METAL_FOLDER, 'initramfs.cpio'))
  const files = (json('files.json') as EntryFact[]).filter(({ only }) => only === 'hardware')
  expect(files.length).toBeGreaterThan(30)
  const driving = new Set(index.aliases.filter(([alias]) => BUSES.test(alias)).map(([, name]) => name))
  const named = metal('')
    .modules.filter(({ load }) => load === 'ask')
    .map(({ name }) => name)
  const wanted = new Set([...driving, ...named])
  const reached = new Set<string>()
  const visit = (name: string): void => {
    if (reached.has(name)) return
    reached.add(name)
    for (const dep of index.modules[name]?.deps ?? []) visit(dep)
  }
  for (const name of wanted) visit(name)
  const byFile = new Map(Object.entries(index.modules).map(([name, { file }]) => [file, name]))
  const unasked = files.filter(({ path }) => !reached.has(byFile.get(path.replace(/^.*\//, '')) ?? ''))
  expect(unasked.map(({ path }) => path)).toEqual([])
})

test('every row that waits for a device drives one, so that none waits for ever', () => {
  const index = indexOf(join(METAL_FOLDER, 'initramfs.cpio'))
  const driving = new Set(index.aliases.filter(([alias]) => BUSES.test(alias)).map(([, name]) => name))
  const waiting = metal('')
    .modules.filter(({ load }) => load === 'device')
    .map(({ name }) => name)
  expect(waiting.filter(name => !driving.has(name))).toEqual([])
})

test('the recipe cloud has no such file: there the trace is complete', () => {
  expect(cloudEntries().filter(({ only }) => only === 'hardware')).toEqual([])
})

test('the image says what it is, and that no other kernel or package is in it', () => {
  const facts = json('image.json') as ImageFacts
  expect([facts.recipe, facts.kind]).toEqual(['metal', 'pxe'])
  const usual = 'console=tty0 console=ttyS0,115200 panic=10 loglevel=4'
  expect(facts.cmdline).toBe(`${usual} ${EMULATED}`)
  const names = facts.components.map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(['linux-metal', 'systemd-boot']))
  expect(names).not.toContain('linux')
})

/** modules.keel of the root that lies in an initramfs. */
function indexOf(initramfs: string): ModuleIndex {
  const dir = tempDir()
  const [first, root] = [join(dir, 'first'), join(dir, 'root')]
  unpackInitramfs(initramfs, first)
  unpackRoot(join(first, 'root.img'), root)
  const { kernelRelease } = json('image.json') as ImageFacts
  return JSON.parse(readFileSync(join(root, 'lib/modules', kernelRelease, 'modules.keel'), 'utf8'))
}
