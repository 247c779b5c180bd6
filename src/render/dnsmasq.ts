import { target } from './target.ts'

export const dnsmasq = target({
  description: 'the configuration of a DHCP and TFTP server that starts machines from the network',
  required: ['interface', 'dhcpRange', 'tftpRoot'],
  optional: ['gateway', 'dns'],
  text: given => `# DHCP and TFTP for machines that start from the network, and no DNS. ${START} is what keelctl render --target ipxe prints.
port=0
interface=${given.interface}
bind-interfaces
dhcp-authoritative
dhcp-range=${given.dhcpRange},1h
${option('router', given.gateway)}${option('dns-server', given.dns)}enable-tftp
tftp-root=${quoted(given.tftpRoot)}
# A card whose ROM is not iPXE loads one first: these files are iPXE's own.
dhcp-userclass=set:ipxe,iPXE
dhcp-match=set:uefi,option:client-arch,7
dhcp-match=set:uefi,option:client-arch,9
dhcp-boot=tag:!ipxe,tag:!uefi,undionly.kpxe
dhcp-boot=tag:!ipxe,tag:uefi,snponly.efi
dhcp-boot=tag:ipxe,${START}
`,
})

const START = 'start.ipxe'

const option = (name: string, value: string | undefined): string =>
  value === undefined ? '' : `dhcp-option=option:${name},${value}\n`

/** Between quotes dnsmasq takes everything as it is, but for these two. */
const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`
