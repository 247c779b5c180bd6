/** hostname: what can be wrong. */
import { code, error, warning, write } from '../../diag/define.ts'

export const HOSTNAME_CODES = {
  'hostname-after-mac': warning<{ from: string }>(
    a => `${code(a.from)} is only asked on a machine without a network card, because \`mac\` comes first`,
    () => 'put mac last',
  ),
  'hostname-dhcp-unused': warning(
    () => 'no link of this config gets a host name by DHCP',
    () => 'remove dhcp, or use the name of a lease: dhcp4: true, without useHostname: false',
  ),
  'hostname-duplicate-source': error<{ from: string }>(a => `${code(a.from)} is listed twice`),
  'hostname-unusable': error<{ name: string; why: string; better: string | undefined }>(
    a => `${a.name === '' ? 'an empty string' : code(a.name)} cannot be a host name: ${a.why}`,
    a =>
      write(a.better) ??
      'a host name has lower-case letters, digits and dashes, for example worker-1.example.org',
    'init applies the same rule to names from DHCP and metadata. localhost always means the machine itself, and a name that is an IP address would be mistaken for one.',
  ),
} as const
