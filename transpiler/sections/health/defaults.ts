/** health: not asked for, unless the section is there. */
import type { Health, HealthProbe, NodeConfig } from '../../../schema/generated/node.ts'
import type { Path } from '../../path.ts'
import { itemsOf } from '../../recover/items.ts'
import type { Recovered } from '../../recover/recovered.ts'
import { filled, placed } from '../filled.ts'
import type { FullHealth, FullProbe } from './types.ts'

export function defaultHealth({ health, kubernetes }: Recovered<NodeConfig>): FullHealth | undefined {
  if (health === undefined) return undefined
  const at = ['health']
  const isWorker = kubernetes?.role === 'worker'
  return {
    ...filled<Health>('Health', health, at),
    nodeReady: 'nodeReady' in health ? health.nodeReady : isWorker,
    probes: itemsOf(health.probes, [...at, 'probes']).map(({ item, at }) => probeOf(item, at)),
  }
}

function probeOf(item: Recovered<HealthProbe>, at: Path): FullProbe {
  const given = (['http', 'tcp'] as const).filter(key => Object.hasOwn(item, key))
  return { ...placed<HealthProbe>(item, at), given }
}
