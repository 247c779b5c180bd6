import type { NodeEvent } from '../../src/vm/vm.ts'

/**
 * A boot in short lines, the projection that tests compare: what happened to what, never when. Stages that just ran are one line;
 * a stage that started and did not end is the last line of a boot that was cut.
 */
export function outline(events: NodeEvent[]): string[] {
  return events.flatMap((event, i) => {
    const isEndOf = (other: NodeEvent) => other.type === 'stage-finished' && other.stage === event.stage
    return event.type === 'stage-started' && events.slice(i + 1).some(isEndOf) ? [] : [line(event)]
  })
}

type Write = (event: NodeEvent) => string

/** What is worth comparing of each type of event; a type that is not here shows as itself. */
const LINES: Record<string, Write> = {
  'stage-started': e => `${e.stage} …`,
  'stage-finished': e => `${e.stage} ok`,
  'source-answered': e => `source ${e.source} ${e.answer}`,
  'generation-chosen': e => `generation ${e.generation} from ${e.source}`,
  'generation-staged': e => `staged from ${e.source}`,
  'generation-committed': () => 'committed',
  'image-started': e => `image ${e.version} ${e.state}`,
  'image-good': e => `image ${e.version} good`,
  'update-rolled-back': e => `rolled back from ${e.from} to ${e.to}: ${e.code ?? e.cause}`,
  'plan-made': e => `plan ${e.phase} ${e.durable} durable`,
  'space-unused': e => `unused space behind ${e.partition}`,
  'action-finished': e => `${e.durable ? 'durable ' : ''}${e.action} ${e.object}`,
  'image-ready': e => `image ${e.path} ${e.imported ? 'imported' : 'present'}`,
  'process-started': e => `${e.process} started ${e.restarts}`,
  'process-configured': e => `${e.process} configured`,
  'process-ready': e => `${e.process} ready`,
  joined: e => `joined as ${e.nodeName} after ${e.attempts}`,
  'process-exited': e =>
    `${e.process} exited ${e.signal ? `signal ${e.signal}` : e.exitCode}${e.wanted ? ' wanted' : ''}`,
  failed: e => failure(e),
  'pods-drained': e => `pods ${e.complete ? 'drained' : 'left'}`,
  'shutdown-started': e => `shutdown ${e.reason} ${e.then}`,
  'shutdown-finished': e => `shutdown ${e.clean ? 'clean' : 'unclean'} ${e.then}`,
}

function line(event: NodeEvent): string {
  return LINES[event.type]?.(event) ?? event.type
}

function failure(event: NodeEvent): string {
  const error = event.error as { code: string; stage: string; object: string; pointer?: string }
  return `${event.fatal ? 'fatal' : 'failed'} ${error.stage} ${error.code} ${error.pointer ?? error.object}`
}

/** The actions that changed a disk, in order: `write-file /etc/x`. */
export function durableActions(events: NodeEvent[]): string[] {
  const durable = events.filter(event => event.type === 'action-finished' && event.durable)
  return durable.map(event => `${event.action} ${event.object}`)
}
