/** A text in the place of a network. */
import type { Report } from '../../diag/report.ts'
import { firstOf, isSame, networkText, prefixProblem } from '../../rules/ip.ts'
import type { FullAddress } from './types.ts'

/** Whether a text is a network: an address with the length of its prefix, and with no bit behind that. It is reported if it is not. */
export function checkNetworkText(
  { at, text, prefix }: Pick<FullAddress, 'at' | 'text' | 'prefix'>,
  report: Report,
): boolean {
  if (prefix === undefined) report.add('network-prefix-invalid', at, { text, why: prefixProblem(text) })
  else if (!isSame(firstOf(prefix), prefix.address))
    report.add('network-prefix-host-bits', at, { prefix: text, network: networkText(prefix) })
  else return true
  return false
}
