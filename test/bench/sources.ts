import type { Namespace } from '../metadata/namespace.ts'
import { IN_RAM } from '../vm/configs.ts'
import { boot, eventOf, stageOf, withMachine } from './machines.ts'
import { PLACES } from './source-places.ts'
import { spreadOf } from './statistics.ts'
import type { Line } from './table.ts'
import { inNamespace, machineConfigOf, type Workspace } from './workspace.ts'

const ROUNDS = 3
const BASELINE = 'fw-cfg'

/** From PID 1 to a verified machine config, for every source. Round by round, so that drift of the machine hits all alike. */
export async function benchSources(workspace: Workspace, write: (what: string) => void): Promise<Line[]> {
  const document = machineConfigOf(IN_RAM)
  const times = new Map<string, number[]>(Object.keys(PLACES).map(source => [source, []]))
  await inNamespace(async namespace => {
    for (let round = 1; round <= ROUNDS; round++) {
      for (const [source, list] of times) {
        write(`round ${round} of ${ROUNDS}: ${source}`)
        list.push(await measure(workspace, namespace, source, document))
      }
    }
  })
  const base = spreadOf(times.get(BASELINE) ?? [])
  return [...times].map(([source, list]) => ({
    what: `PID 1 → verified config, ${source}`,
    unit: 's',
    value: spreadOf(list),
    ...(source === BASELINE ? {} : { baseline: BASELINE, base }),
  }))
}

/** Seconds of one boot. */
function measure(
  workspace: Workspace,
  namespace: Namespace,
  source: string,
  document: string,
): Promise<number> {
  return withMachine(async dir => {
    const place = PLACES[source]?.(document, dir) ?? {}
    const { service, hardware, ...given } = place
    const server = service && (await namespace.start(service.address, service))
    try {
      const machine = { ...given, inside: namespace.inside, hardware: { ...hardware, nics: [namespace.nic] } }
      return await boot(workspace, dir, machine, async vm => {
        const started = await eventOf(vm, 'boot-started')
        const verified = await stageOf(vm, 'verify')
        const answers = vm.events.filter(
          event => event.type === 'source-answered' && event.answer === 'config',
        )
        if (answers.length !== 1 || answers[0]?.source !== source)
          throw new Error(`the config should be from ${source}: ${JSON.stringify(answers)}`)
        return (verified.monoMs - started.monoMs) / 1000
      })
    } finally {
      await server?.close()
    }
  })
}
