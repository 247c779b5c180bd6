/** Images of the parts that clusters are made of, out of the components of images/cluster.lock.json. */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BuiltComponent } from '../../images/index.ts'
import { filesImage, type Image, type LayerPart } from './image.ts'

export type Built = Readonly<Record<string, BuiltComponent>>

/** Debian's packages with `nft` and `iptables`, and the libraries of both. */
const FILTER_PACKAGES = [
  ...['nftables', 'libnftables1', 'iptables', 'libxtables12', 'libip4tc2', 'libip6tc2', 'libmnl0'],
  ...['libnftnl11', 'libnetfilter-conntrack3', 'libnfnetlink0', 'libgmp10', 'libjansson4', 'libedit2'],
  ...['libbsd0', 'libmd0', 'libtinfo6', 'libc6'],
]

/** What Debian's packages make at their installation: the loader's folder, and the names of iptables. */
const LINKS: Readonly<Record<string, string>> = {
  lib: 'usr/lib',
  lib64: 'usr/lib64',
  bin: 'usr/bin',
  sbin: 'usr/sbin',
  ...Object.fromEntries(
    ['iptables', 'ip6tables'].flatMap(name =>
      ['', '-save', '-restore'].map(verb => [`usr/sbin/${name}${verb}`, 'xtables-nft-multi']),
    ),
  ),
}

export const PATH = 'PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** An image of one program, which is a static binary at `/usr/local/bin`. */
export const programImage = (folder: string, program: string, ...below: LayerPart[][]): Image =>
  filesImage([...below, [{ folder, paths: [program], into: 'usr/local/bin' }]], {
    Entrypoint: [`/usr/local/bin/${program}`],
    Env: [PATH],
  })

/** `nft` and `iptables`, which writes rules of nftables, as a layer. `folder` is an empty one for what the packages do not bring. */
export function filterLayer(built: Built, folder: string): LayerPart[] {
  mkdirSync(join(folder, 'usr/sbin'), { recursive: true })
  for (const [path, target] of Object.entries(LINKS)) symlinkSync(target, join(folder, path))
  return [{ folder }, ...FILTER_PACKAGES.map(name => packagePart(built, name))]
}

/** The files of one of Debian's packages. */
export const packagePart = (built: Built, name: string): LayerPart => ({
  folder: dirOf(built, name),
  paths: pathsOf(name),
})

/** Of libc6 the loader and the libraries, not the character sets. */
const pathsOf = (name: string): string[] => {
  const libraries = 'usr/lib/x86_64-linux-gnu'
  if (name !== 'libc6') return ['usr']
  return [
    'usr/lib64',
    ...['ld-linux-x86-64.so.2', 'libc.so.6', 'libm.so.6', 'libresolv.so.2'].map(
      file => `${libraries}/${file}`,
    ),
  ]
}

/** What kubeadm's addons are made of, by the names and tags that it gives them. `folder` is an empty one. */
export const addonImages = (built: Built, folder: string): Record<string, Image> => ({
  [`kube-proxy:v${built['control-plane']?.version}`]: programImage(
    dirOf(built, 'control-plane'),
    'kube-proxy',
    filterLayer(built, folder),
  ),
  [`coredns:v${built['coredns']?.version}`]: programImage(dirOf(built, 'coredns'), 'coredns'),
})

/** Many small tools in one static program. Its shell finds them without links. */
const busyboxLayer = (built: Built): LayerPart[] => [
  { folder: dirOf(built, 'busybox-static'), paths: ['usr/bin/busybox'] },
]
export const busyboxImage = (built: Built): Image =>
  filesImage([busyboxLayer(built)], { Entrypoint: ['/usr/bin/busybox'] })

/** The same as other images have it: a shell and tools by their names, users, and folders that anybody writes to. `folder` is an empty one. */
export function toolsLayer(built: Built, folder: string): LayerPart[] {
  const at = (path: string) => join(folder, path)
  for (const path of ['bin', 'etc', 'root']) mkdirSync(at(path))
  for (const path of ['tmp', 'var/tmp']) {
    mkdirSync(at(path), { recursive: true })
    chmodSync(at(path), 0o1777)
  }
  const busybox = join(dirOf(built, 'busybox-static'), 'usr/bin/busybox')
  const applets = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n')
  for (const applet of applets) symlinkSync('/usr/bin/busybox', at(`bin/${applet}`))
  writeFileSync(at('etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n')
  writeFileSync(at('etc/group'), 'root:x:0:\nnobody:x:65534:\n')
  return [...busyboxLayer(built), { folder }]
}

export function dirOf(built: Built, name: string): string {
  const component = built[name]
  if (component === undefined) throw new Error(`there is no component ${name}`)
  return component.dir
}
