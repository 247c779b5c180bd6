/** time → milliseconds. */
import type { Time } from '../../../schema/generated/machine.ts'
import type { Origins } from '../../machine/origins.ts'
import { certain } from '../../rules/certain.ts'
import { millisecondsOf } from '../../rules/units.ts'
import { serverText } from './checks.ts'
import type { FullTime } from './types.ts'

export function lowerTime({ servers, timeout }: FullTime, origins: Origins): Time {
  const at = ['time']
  return origins.from(at, {
    servers: origins.listOf([...at, 'servers'], servers, ({ server }) => serverText(server)),
    timeoutMs: millisecondsOf(certain(timeout, 'time.timeout')),
  })
}
