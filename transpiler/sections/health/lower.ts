/** health → milliseconds; each probe says which of the two forms it has. */
import type { Health, HealthProbe } from '../../../schema/generated/machine.ts'
import type { Origins } from '../../machine/origins.ts'
import { lowerBy, type Rows } from '../../machine/rows.ts'
import { certain } from '../../rules/certain.ts'
import { millisecondsOf } from '../../rules/units.ts'
import type { FullHealth, FullProbe } from './types.ts'

const HEALTH: Rows<FullHealth, Health> = {
  timeoutMs: ({ timeout }) => millisecondsOf(certain(timeout, 'health.timeout')),
  stableForMs: ({ stableFor }) => millisecondsOf(certain(stableFor, 'health.stableFor')),
  nodeReady: 'same',
  probes: ({ probes }, origins) => probes.map(probe => lowerProbe(probe, origins)),
}

export const lowerHealth = (health: FullHealth | undefined, origins: Origins): Health | undefined =>
  health && lowerBy(HEALTH, health, origins)

function lowerProbe({ at, http, status, tcp }: FullProbe, origins: Origins): HealthProbe {
  if (http === undefined)
    return origins.from(
      at,
      { type: 'tcp', address: certain(tcp, 'health.probes.tcp') },
      { address: [...at, 'tcp'] },
    )
  return origins.from(
    at,
    { type: 'http', url: http, ...(status !== undefined && { status }) },
    { url: [...at, 'http'] },
  )
}
