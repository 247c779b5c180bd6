/** time → milliseconds. */
import type { Time } from '../../schema/generated/machine.ts'
import type { FullTime } from '../full-config.ts'
import type { Origins } from '../origins.ts'
import { millisecondsOf } from '../units.ts'

export function lowerTime({ servers, timeout }: FullTime, origins: Origins): Time {
  const at = ['time']
  return origins.from(at, {
    servers: origins.listOf([...at, 'servers'], servers, ({ server }) => server),
    timeoutMs: millisecondsOf(timeout),
  })
}
