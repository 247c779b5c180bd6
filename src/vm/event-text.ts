import type { NodeEvent } from './vm.ts'

type Write = (event: NodeEvent) => string | undefined

/** What people want to know about each type of event; a stage is printed when it is over. */
const TEXT: Record<string, Write> = {
  'boot-started': e => `kernel ${e.kernelVersion}, keel-init ${e.initVersion}`,
  'stage-finished': e => `${e.stage} ${e.durationMs} ms`,
  'source-answered': e =>
    e.answer === 'no-config' ? undefined : `${e.source}: ${e.answer}${e.bytes ? `, ${e.bytes} bytes` : ''}`,
  'generation-chosen': e => generationText(e),
  'generation-staged': e => `the machine config from ${e.source} is new: staged`,
  'generation-committed': () => 'the staged machine config is the current one now',
  'image-started': e => `image ${e.version} (${e.state})`,
  'image-good': e => `image ${e.version} is good`,
  'update-rolled-back': e => `image ${e.from} did not come up (${e.code ?? e.cause}); ${e.to} runs again`,
  'platform-detected': e => `platform ${e.platform} (${e.by})`,
  'network-found': e =>
    `${e.origin === 'platform' ? 'the platform' : 'keel.network='} names ${e.used ? 'the links' : 'another network; that of the config is used'}`,
  'link-configured': e => `${e.interface} has ${e.address} (${e.method})`,
  'link-changed': e => linkText(e),
  'lease-lost': e => `${e.interface} has lost its lease of ${e.address}`,
  'lease-renewed': e => `${e.interface} has renewed its lease of ${e.address}`,
  'wireguard-key': e => `${e.interface} has the public key ${e.publicKey}`,
  'clock-set': e => `clock set by ${e.offsetMs} ms from ${e.server ?? e.by}`,
  'process-output': e => `${e.process}: ${e.line}`,
  joined: e =>
    `${e.nodeName} ${e.attempts === 0 ? 'joined in an earlier boot' : `joined in ${e.durationMs} ms`}`,
  'pods-drained': e => `pods ${e.complete ? 'stopped' : 'not stopped'} after ${e.durationMs} ms`,
  'watchdog-started': e => `${e.device} (${e.identity}) resets the machine after ${e.timeoutMs} ms`,
  'watchdog-reset': e => `${e.device} (${e.identity}) has reset the machine`,
  'plan-made': e => `plan for ${e.phase}: ${e.durable} changes on disk`,
  'space-unused': e => unusedText(e as unknown as SpaceUnused),
  'action-finished': e => (e.durable ? `${e.action} ${e.object} ${e.durationMs} ms` : undefined),
  'image-ready': e => `image ${e.path} ${e.imported ? 'imported' : 'is there'} ${e.durationMs} ms`,
  'process-ready': e => `${e.process} answers`,
  'process-exited': e => (e.wanted ? undefined : `${e.process} ended, ${howOf(e)}`),
  steady: () => 'steady: everything the config asks for is in place',
  'health-changed': e => (e.healthy ? 'healthy' : `not healthy: ${failingOf(e)}`),
  'node-healthy': e => `good: healthy for long enough after ${e.durationMs} ms`,
  'node-unhealthy': e => `NOT healthy after ${e.durationMs} ms: ${failingOf(e)}`,
  failed: e => failureText(e),
  'shutdown-started': e => `shutting down (${e.reason}), then ${e.then}`,
  'shutdown-finished': e =>
    e.clean ? 'every filesystem is unmounted' : 'NOT every filesystem could be unmounted',
}

/** One event as a line for people, with the guest's clock in front; nothing for what only programs read. */
export function eventText(event: NodeEvent): string | undefined {
  const text = TEXT[event.type]?.(event)
  return text === undefined ? undefined : `[${(event.monoMs / 1000).toFixed(3).padStart(8)}] ${text}`
}

const failingOf = (event: NodeEvent): string =>
  (event.failing as { probe: string; detail: string }[])
    .map(({ probe, detail }) => `${probe} (${detail})`)
    .join(', ')

function generationText(event: NodeEvent): string {
  const over = (event.passedOver as { generation: string; why: string }[]).map(
    ({ generation, why }) => `; ${generation} is passed over: ${why}`,
  )
  return `this is the ${event.generation} machine config, from ${event.source}, of ${event.apiVersion}${over.join('')}`
}
/** What has become of a link, by `change`. */
const LINK_CHANGES: Record<string, string> = {
  appeared: 'has appeared',
  gone: 'is gone',
  joined: 'has joined',
  left: 'has left',
  'carrier-lost': 'has lost its carrier',
  'carrier-found': 'has a carrier again',
  'carrier-missing': 'has no carrier yet',
}

function linkText(event: NodeEvent): string {
  const change = LINK_CHANGES[String(event.change)] ?? event.change
  const of = event.change === 'joined' || event.change === 'left' ? ` ${event.of}` : ''
  return `${event.interface} ${change}${of}${event.leftOut ? `; ${event.leftOut} changes are left out` : ''}`
}

/** Room behind a partition that was to have the rest of its disk. */
export type SpaceUnused = { device: string; partition: string; bytes: number }

export const unusedText = ({ device, partition, bytes }: SpaceUnused): string =>
  `WARNING ${sizeText(bytes)} after ${partition} on ${device} are unused`

const MIB = 2 ** 20

function sizeText(bytes: number): string {
  return bytes < 1024 * MIB ? `${Math.floor(bytes / MIB)} MiB` : `${(bytes / (1024 * MIB)).toFixed(1)} GiB`
}

function howOf(event: NodeEvent): string {
  const how = event.signal === undefined ? `exit code ${event.exitCode}` : `signal ${event.signal}`
  const lines = (event.lastLines as string[] | undefined) ?? []
  return [how, ...lines.map(line => `             | ${line}`)].join('\n')
}

/** What a failure says in one line and, where there is more, a second. */
export function failureText(event: NodeEvent): string {
  const error = event.error as Record<string, string | number | undefined>
  const cause = [
    error.detail,
    error.errno === undefined ? undefined : `errno ${error.errno}`,
    error.pointer && `at ${error.pointer}`,
  ]
  const why = cause.filter(Boolean).join(', ')
  return `${event.fatal ? 'FAILED' : 'failed'} ${error.stage}: ${error.verb} ${error.object} (${error.code})${why ? `\n             ${why}` : ''}`
}
