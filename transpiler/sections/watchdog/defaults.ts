/** watchdog: none, unless the section is there. */
import type { NodeConfig, Watchdog } from '../../../schema/generated/node.ts'
import type { Recovered } from '../../recover/recovered.ts'
import { filled } from '../filled.ts'
import type { FullWatchdog } from './types.ts'

export const defaultWatchdog = ({ watchdog }: Recovered<NodeConfig>): FullWatchdog | undefined =>
  watchdog && {
    ...filled<Watchdog>('Watchdog', watchdog, ['watchdog']),
    hasTimeout: 'timeout' in watchdog,
  }
