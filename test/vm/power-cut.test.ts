import { setTimeout as after } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { NodeEvent } from '../../src/vm/vm.ts'
import { MANY_FILES, ON_DISK } from './configs.ts'
import { filesystemAt, filesystemProblems, partitionsOf, tableProblems, treeOf } from './disk.ts'
import { outline } from './outline.ts'
import { boot, newDisk, powerOff, steady } from './vm.ts'

/** How many cuts of each stage; KEEL_CUTS asks for more. */
const CUTS = Number(process.env.KEEL_CUTS ?? 5)
const CUT_MS = 60_000
const CONFIG = [ON_DISK, MANY_FILES]
/** KEEL_SEED repeats a run. */
const SEED = Number(process.env.KEEL_SEED ?? Date.now() % 1_000_000)

test.each(['disks', 'files'])(
  'power cut at random moments of %s: the next boot ends with the same disk',
  async stage => {
    console.log(`KEEL_SEED=${SEED}`)
    const random = randomFrom(SEED)
    const uncut = newDisk()
    const spans = await bootToTheEnd(uncut)
    const wanted = seenFromOutside(uncut)
    for (let cut = 0; cut < CUTS; cut++) {
      const disk = newDisk()
      const afterMs = random() * (spans.get(stage) ?? 0)
      const moment = `cut ${cut}, ${afterMs.toFixed(0)} ms into ${stage}, KEEL_SEED=${SEED}`
      // The first cut of each stage is one of the product.
      const product = cut === 0
      const vm = await boot({ config: CONFIG, disk, product })
      await vm.waitFor(`${stage} to start`, isStart(stage), 60_000)
      // A random moment is the point of this test: the one wait for time instead of an event.
      await after(afterMs)
      vm.kill()
      await vm.exited
      await bootToTheEnd(disk, product)
      expect(seenFromOutside(disk), `${moment}\n${outline(vm.events).slice(-3)}`).toEqual(wanted)
    }
  },
  CUTS * CUT_MS,
)

/** Boots until all is in place and powers off; returns how long each stage took. */
async function bootToTheEnd(disk: string, product = false): Promise<Map<string, number>> {
  const vm = await boot({ config: CONFIG, disk, product })
  await steady(vm)
  await powerOff(vm)
  return new Map(
    vm.events
      .filter(({ type }) => type === 'stage-finished')
      .map(e => [String(e.stage), Number(e.durationMs)]),
  )
}

const isStart = (stage: string) => (event: NodeEvent) =>
  event.type === 'stage-started' && event.stage === stage

/** Everything on the disk that is not random, as tools outside of Keel see it. */
function seenFromOutside(disk: string): object {
  const labels = ['KEEL-STATE', 'KEEL-DATA']
  return {
    table: tableProblems(disk),
    partitions: partitionsOf(disk),
    problems: labels.map(label => filesystemProblems(filesystemAt(disk, label))),
    trees: labels.map(label => treeOf(filesystemAt(disk, label))),
  }
}

/** mulberry32: small, and the same everywhere. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
