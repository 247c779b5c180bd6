/** Everything that `keelctl render` can print. A target is a row. */
import { dnsmasq } from './dnsmasq.ts'
import { ipxe } from './ipxe.ts'
import { libvirtXml } from './libvirt-xml.ts'
import { qemu } from './qemu.ts'
import type { Target } from './target.ts'
import { vagrant } from './vagrant.ts'
import { virtInstall } from './virt-install.ts'

export const TARGETS: Readonly<Record<string, Target>> = {
  qemu,
  'libvirt-xml': libvirtXml,
  'virt-install': virtInstall,
  vagrant,
  ipxe,
  dnsmasq,
}
