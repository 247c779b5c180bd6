/** hostname → a tagged name. */
import type { Hostname } from '../../../schema/generated/machine.ts'
import type { Origins } from '../../machine/origins.ts'
import type { FullHostname } from './types.ts'

export function lowerHostname(hostname: FullHostname, origins: Origins): Hostname {
  const at = ['hostname']
  if (hostname.type === 'fixed') return origins.from(at, { type: 'fixed', name: hostname.name }, { name: at })
  return origins.from(at, {
    type: 'discovered',
    from: origins.listOf([...at, 'from'], hostname.from, ({ from }) => from),
  })
}
