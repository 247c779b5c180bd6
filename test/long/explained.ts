/** What an engineer asks a cluster first when something in it does not work. */
import type { ControlPlane } from '../cluster/control-plane.ts'

/** Lines of each log. */
const LINES = 15

interface Pod {
  readonly metadata: { readonly name: string; readonly namespace: string }
  readonly spec: { readonly containers: readonly { readonly name: string }[] }
  readonly status: {
    readonly phase: string
    readonly containerStatuses?: readonly { readonly ready: boolean; readonly restartCount: number }[]
  }
}

/** What `work` gives. If it fails, the state of the cluster is written to stderr before its machines are gone. */
export async function explained<T>(cluster: ControlPlane, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    process.stderr.write(`${await stateOf(cluster)}\n`)
    throw error
  }
}

/** Nodes, pods, the last warnings, and the ends of the logs of the pods that are not as they should be. */
async function stateOf(cluster: ControlPlane): Promise<string> {
  const ask = (...args: string[]) =>
    cluster
      .kubectl('--request-timeout=20s', ...args)
      .then(
        text =>
          `--- kubectl ${args.join(' ')}\n${text
            .trimEnd()
            .split('\n')
            .slice(-2 * LINES)
            .join('\n')}`,
      )
      .catch(error => `--- ${(error as Error).message}`)
  const answers = [
    await ask('get', 'nodes', '--output=wide'),
    await ask('get', 'pods', '--all-namespaces', '--output=wide'),
    await ask(
      'get',
      'events',
      '--all-namespaces',
      '--field-selector=type=Warning',
      '--sort-by=.lastTimestamp',
    ),
  ]
  for (const { metadata, spec } of await unwell(cluster))
    for (const { name } of spec.containers)
      answers.push(
        await ask(
          'logs',
          `--namespace=${metadata.namespace}`,
          metadata.name,
          `--container=${name}`,
          `--tail=${LINES}`,
        ),
      )
  return answers.join('\n')
}

async function unwell(cluster: ControlPlane): Promise<Pod[]> {
  const pods = await cluster
    .kubectl('get', 'pods', '--all-namespaces', '--output=json')
    .catch(() => '{"items":[]}')
  return (JSON.parse(pods) as { items: Pod[] }).items.filter(
    ({ status: { phase, containerStatuses = [] } }) =>
      phase !== 'Succeeded' &&
      (containerStatuses.length === 0 ||
        containerStatuses.some(({ ready, restartCount }) => !ready || restartCount > 0)),
  )
}
