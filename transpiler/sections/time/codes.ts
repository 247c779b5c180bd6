/** time: what can be wrong. */
import { code, type Doubt, error, warning, write } from '../../diag/define.ts'

export const TIME_CODES = {
  'time-duplicate-server': error<{ server: string }>(a => `the server ${code(a.server)} is listed twice`),
  'time-server': error<{ server: string; why: string; better: string | undefined }>(
    a => `${code(a.server)} cannot be an NTP server: ${a.why}`,
    a => write(a.better) ?? 'write the host name or the IP address of another machine',
  ),
  'time-server-unreachable': warning<Doubt>(
    a => `the NTP server ${a.what} may be unreachable: ${a.why}`,
    a => a.hint,
  ),
} as const
