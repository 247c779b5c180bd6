/** Modules that networks and storage drivers ask for: each is in both images, and docs/host.md says what it costs. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { docsTable, listed } from '../docs-table.ts'
import { driversIn } from './device-drivers.ts'
import { buildMetalFolder, METAL_FOLDER } from './metal-folder.ts'
import { moduleCosts } from './module-costs.ts'
import { imageDir, imageFacts, openImage } from './opened.ts'

beforeAll(buildMetalFolder)

/** What the usual networks and storage drivers name in their documentation. */
const ASKED_FOR = [
  ...['ipip', 'vxlan', 'geneve', 'wireguard', 'tun', 'macvlan', 'ipvlan', 'dummy', 'vrf'],
  ...['ip_vs', 'ip_vs_rr', 'ip_vs_wrr', 'ip_vs_lc', 'ip_vs_wlc', 'ip_vs_fo', 'ip_vs_ovf', 'ip_vs_lblc'],
  ...['ip_vs_lblcr', 'ip_vs_dh', 'ip_vs_sh', 'ip_vs_mh', 'ip_vs_sed', 'ip_vs_nq', 'ip_vs_twos', 'xt_ipvs'],
  ...['nf_tables', 'nft_compat', 'nft_tproxy', 'nft_socket', 'nft_queue', 'nft_log', 'nft_flow_offload'],
  ...['iptable_nat', 'iptable_filter', 'iptable_mangle', 'iptable_raw'],
  ...['ip6table_nat', 'ip6table_filter', 'ip6table_mangle', 'ip6table_raw'],
  ...['xt_TPROXY', 'xt_socket', 'xt_CT', 'xt_set', 'xt_bpf', 'ip_set_hash_ipport', 'ip_set_bitmap_port'],
  ...['cls_bpf', 'act_bpf', 'sch_ingress', 'sch_fq', 'nfs', 'nfsv3', 'nfsv4', 'lockd', 'sunrpc'],
  ...['iscsi_tcp', 'xfs', 'btrfs', 'rbd', 'ceph', 'nvme_tcp', 'nbd', 'zram', 'fuse', 'overlay', 'loop'],
  ...['dm_mod', 'dm_crypt', 'dm_snapshot', 'dm_thin_pool', 'dm_mirror', 'dm_raid', 'dm_multipath'],
  ...['dm_integrity', 'dm_verity', 'dm_cache', 'dm_writecache', 'dm_era', 'dm_zoned', 'dm_vdo', 'dm_delay'],
]

const recipes = [
  ['cloud', imageDir],
  ['metal', METAL_FOLDER],
] as const

const partsOf = (folder: string) => {
  const facts = imageFacts(folder)
  const { root, initramfs } = openImage(folder)
  const modules = `lib/modules/${facts.kernelRelease}`
  return { facts, root, initramfs, modules, drivers: driversIn(root, facts) }
}

describe.each(recipes)('the recipe %s', (_, folder) => {
  test("has every module as a file that Debian's kmod finds with all that it needs, or as a part of the kernel", () => {
    const { root, initramfs, modules, facts, drivers } = partsOf(folder)
    const words = ['-d', root, '-C', '/dev/null', '-S', facts.kernelRelease, '--show-depends', '-a']
    const lines = execFileSync('modprobe', [...words, ...ASKED_FOR], { encoding: 'utf8' })
      .trim()
      .split('\n')
    const files = lines.flatMap(line => /^insmod (\S+)/.exec(line)?.[1] ?? [])
    const builtIn = lines.flatMap(line => /^builtin (\S+)/.exec(line)?.[1] ?? [])
    const found = [
      ...builtIn,
      ...files.map(file => file.replace(/^.*\/(.*)\.ko$/, '$1').replaceAll('-', '_')),
    ]
    expect(ASKED_FOR.filter(name => !found.includes(name))).toEqual([])
    // What the initramfs has loaded needs no file in the root.
    const isThere = (file: string) => existsSync(file) || existsSync(file.replace(root, initramfs))
    expect(files.filter(file => !isThere(file))).toEqual([])
    expect(files.every(file => file.startsWith(join(root, modules, 'kernel/')))).toBe(true)
    expect(builtIn.filter(name => !drivers.builtIn.has(name))).toEqual([])
  })

  test('describes the types of its kernel and of each module for BPF programs', () => {
    const { root, modules, drivers } = partsOf(folder)
    expect(drivers.config).toContain('CONFIG_DEBUG_INFO_BTF=y')
    const vxlan = join(root, modules, drivers.index.modules['vxlan']?.file ?? '')
    expect(execFileSync('readelf', ['--sections', '--wide', vxlan], { encoding: 'utf8' })).toContain(' .BTF ')
  })
})

/** What docs/host.md may be off by: a module changes a little with each version of the kernel. */
const TOLERANCE = 0.25

test('docs/host.md names every module with what it brings and what it costs', () => {
  const { root, modules, drivers } = partsOf(imageDir)
  const costs = moduleCosts(drivers, join(root, modules))
  const rows = docsTable('docs/host.md', 'Modules')
  const stated = rows.map(([name, brings = '', bytes]) => ({
    name,
    brings: listed(brings),
    bytes: Number(bytes),
  }))
  expect(stated.map(({ name, brings }) => ({ name, brings }))).toEqual(
    costs.map(({ name, brings }) => ({ name, brings })),
  )
  const off = costs.filter(({ bytes }, i) => Math.abs((stated[i]?.bytes ?? 0) - bytes) > bytes * TOLERANCE)
  expect(off).toEqual([])
})
