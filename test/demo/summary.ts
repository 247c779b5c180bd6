import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { cacheFolder } from '../../images/apt.mjs'
import { partitionsOf } from '../vm/disk.ts'
import { durableActions } from '../vm/outline.ts'
import type { Demo, Seen } from './boot.ts'
import { persistOf } from './kept-file.ts'

/** A name and its text, which may have several lines. */
export const row = (name: string, text: string) =>
  `  ${name.padEnd(14)}  ${text.trimEnd().replaceAll('\n', `\n${' '.repeat(18)}`)}\n`

/** Everything that the first boot made, as the node itself reports it. */
export function firstBootText(seen: Seen, demo: Demo): string {
  return [
    '\nFirst boot, empty disk\n',
    row('config from', configSource(seen)),
    row('partitions', madePartitions(seen, demo)),
    row('persisted', persistedPaths(seen, demo)),
    row('stages', stageTimes(seen)),
    row('containerd', seen.versions.containerd),
    row('kubelet', seen.versions.kubelet),
    ...podRows(seen),
    row(
      'took',
      `${seen.seconds.toFixed(1)} s from power on to here, ${demo.accelerator === 'kvm' ? 'with KVM' : 'emulated'}`,
    ),
    '\n',
  ].join('')
}

/** What a later boot changed, and that its pod is back. */
export function laterBootText(title: string, seen: Seen): string {
  const changes = durableActions(seen.events)
  return [
    `\n${title}\n`,
    row('config from', configSource(seen)),
    row(
      'changes',
      changes.length === 0
        ? 'none: 0 durable actions'
        : `${changes.length} durable action: ${changes.join(', ')}`,
    ),
    ...podRows(seen),
    row('took', `${seen.seconds.toFixed(1)} s`),
  ].join('')
}

/** What the demo did not build again, so that nobody takes a second run for a first. */
export function cachedText(demo: Demo): string {
  const image = JSON.parse(readFileSync(join(dirname(demo.image.kernel), 'image.json'), 'utf8')) as {
    lockExact: boolean
    substitutes: object[]
  }
  const exact = image.lockExact
    ? ''
    : `\nWARNING: the image is NOT what the lock pins: ${JSON.stringify(image.substitutes)}. keelctl image lock pins what the mirror has.\n`
  return `${exact}\nCached for the next run: components and packages in ${cacheFolder(process.env)}, node_modules, dist/. No machine state: each run starts with an empty disk.\n`
}

/** Which source gave the machine config. */
export function configSource(seen: Pick<Seen, 'events'>): string {
  const answer = seen.events.find(event => event.type === 'source-answered' && event.answer === 'config')
  return answer
    ? `${answer.source}, ${answer.bytes} bytes, sha256:${String(answer.sha256).slice(0, 16)}…`
    : 'no source'
}

/** The node says which partitions it finished; their sizes are read from the disk, by sfdisk. */
function madePartitions(seen: Seen, demo: Demo): string {
  const finished = seen.events
    .filter(event => event.action === 'finish-partition')
    .map(event => String(event.object))
  const sizes = new Map(partitionsOf(demo.disk).map(({ name, size }) => [name, `${size / 2048} MiB`]))
  return finished
    .map(object =>
      [object, ...[...sizes].filter(([name]) => object.endsWith(name)).map(([, size]) => size)].join(' '),
    )
    .join(', ')
}

/** The paths of the config for which the node made a directory on a disk. */
function persistedPaths(seen: Seen, demo: Demo): string {
  const made = durableActions(seen.events).filter(line => line.startsWith('make-directory '))
  return persistOf(demo.config)
    .filter(({ path }) => made.some(line => line.endsWith(`/persist${path}`)))
    .map(({ path, partition }) => `${path} on ${partition}`)
    .join('\n')
}

/** How long each stage took. */
export function stageTimes(seen: Pick<Seen, 'events'>): string {
  const times = seen.events
    .filter(event => event.type === 'stage-finished')
    .map(event => `${event.stage} ${event.durationMs}`)
  return `${times.join(' · ')} (ms)`
}

function podRows(seen: Seen): string[] {
  return seen.pods.flatMap(({ pod, output }) => [
    row('pod', `${pod.metadata.name} ${pod.status.phase}`),
    row('its output', output),
  ])
}
