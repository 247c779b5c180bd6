/** What the client of the lab's first cable sends, as tshark reads it: a dissector that shares no code with Keel. */
import type { Lab } from './lab.ts'

/** Texts of fields by tshark's names, several values of one with commas between them; empty: the packet does not have the field. */
export type Packet = Readonly<Record<string, string>>

/** Packets of the client, in the order in which they are sent; resolves when those so far fit, and at once when one has a fault. */
export type SentUntil = (fits: (sent: readonly Packet[]) => boolean) => Promise<readonly Packet[]>

/** Every field that a test compares. */
const FIELDS = [
  ...['_ws.malformed', '_ws.expert.message', 'eth.dst', 'ip.src', 'ip.dst', 'ip.checksum.status'],
  ...['ipv6.src', 'ipv6.dst', 'ipv6.hlim', 'udp.srcport', 'udp.dstport', 'udp.checksum.status'],
  ...['arp.isprobe', 'arp.isannouncement', 'arp.src.hw_mac', 'arp.src.proto_ipv4', 'arp.dst.proto_ipv4'],
  ...['icmpv6.type', 'icmpv6.checksum.status', 'icmpv6.opt.linkaddr'],
  ...['dhcp.option.dhcp', 'dhcp.id', 'dhcp.secs', 'dhcp.flags', 'dhcp.ip.client', 'dhcp.hw.mac_addr'],
  ...['dhcp.option.type', 'dhcp.option.value', 'dhcp.option.hostname', 'dhcp.option.vendor_class_id'],
  ...['dhcp.option.requested_ip_address', 'dhcp.option.dhcp_server_id', 'dhcp.option.request_list_item'],
  ...['dhcp.option.dhcp_max_message_size', 'dhcpv6.msgtype', 'dhcpv6.xid', 'dhcpv6.elapsed_time'],
  ...['dhcpv6.option.type', 'dhcpv6.duid.bytes', 'dhcpv6.iaid', 'dhcpv6.iaid.t1', 'dhcpv6.iaid.t2'],
  ...['dhcpv6.iaaddr.ip', 'dhcpv6.iaaddr.valid_lifetime', 'dhcpv6.requested_option_code'],
  ...['dhcpv6.client_domain', 'dhcpv6.client_fqdn_flags'],
]

/** Begins to look at the cable. */
export async function capture(lab: Lab, mac: string): Promise<SentUntil> {
  const tshark = lab.startAtServer(
    // With its parent ends dumpcap, too, which tshark starts.
    ...['unshare', '--pid', '--fork', '--kill-child', 'env', `TMPDIR=${lab.folder}`, 'tshark', '-l', '-n'],
    ...['-i', 's0', '-f', `ether src ${mac} and (arp or udp or icmp6)`],
    ...['-o', 'ip.check_checksum:TRUE', '-o', 'udp.check_checksum:TRUE'],
    ...['-T', 'fields', ...FIELDS.flatMap(field => ['-e', field])],
  )
  await tshark.next(line => line.includes('Capture started'))
  const sent: Packet[] = []
  return async fits => {
    const isLast = (line: string) => {
      const values = line.split('\t')
      if (values.length !== FIELDS.length) return false
      const packet = Object.fromEntries(FIELDS.map((field, at) => [field, values[at] ?? '']))
      sent.push(packet)
      return faultsOf(packet).length > 0 || fits(sent)
    }
    await tshark.next(isLast, 30)
    return [...sent]
  }
}

/**
 * What tshark finds wrong with a packet. The checksums of the kernel's own sockets are left to the card, and a cable of the lab has
 * none; those of packets without an address are keel-init's.
 */
export function faultsOf(packet: Packet): string[] {
  const isOfSocket = packet['udp.srcport'] !== '' && packet['ip.src'] !== '0.0.0.0'
  const { '_ws.malformed': malformed = '', '_ws.expert.message': findings = '' } = packet
  const found = isOfSocket ? findings.replace(/^Bad checksum \[should be 0x[0-9a-f]{4}\]$/, '') : findings
  return [malformed, found].filter(Boolean)
}
