// What a machine must have before anything is built, and how a Debian machine gets it. No dependencies: it runs before npm ci.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder, privateApt } from '../images/apt.mjs'
import { run } from './progress.mjs'

/** What nobody can install for the user: how to ask for the version, and the oldest that will do. */
const TOOLCHAIN = [
  { name: 'Node.js', ask: ['node', '--version'], atLeast: [20, 0], hint: 'Node.js 20 or newer' },
  { name: 'npm', ask: ['npm', '--version'], atLeast: [9, 0], hint: 'npm comes with Node.js' },
  {
    name: 'Go',
    ask: ['go', 'version'],
    atLeast: [1, 24],
    hint: 'Go 1.24 or newer; it fetches the Go that a component asks for',
  },
  { name: 'Rust', ask: ['cargo', '--version'], atLeast: [1, 87], hint: 'Rust 1.87 or newer with cargo' },
  {
    name: 'gcc',
    ask: ['gcc', '-dumpfullversion'],
    atLeast: [8, 0],
    hint: 'gcc and the headers of the C library',
  },
]

/** What the tests need in addition to it. */
const TEST_TOOLCHAIN = [
  {
    name: 'clippy',
    ask: ['cargo', 'clippy', '--version'],
    atLeast: [0, 1],
    hint: 'rustup component add clippy',
  },
  {
    name: 'rustfmt',
    ask: ['cargo', 'fmt', '--version'],
    atLeast: [1, 0],
    hint: 'rustup component add rustfmt',
  },
]

/** Debian packages, each with the proof that it is there: a command, or a file. The quick levels ask only for some. */
const PACKAGES = [
  {
    package: 'qemu-system-x86',
    command: 'qemu-system-x86_64',
    atLeast: [10, 0],
    with: ['qemu-system-common', 'qemu-system-data', 'seabios'],
  },
  { package: 'gdisk', command: 'sgdisk', isQuick: true },
  { package: 'fdisk', command: 'sfdisk', isQuick: true },
  { package: 'e2fsprogs', command: 'debugfs', isQuick: true },
  { package: 'squashfs-tools', command: 'mksquashfs' },
  { package: 'dpkg-dev', command: 'dpkg-source' },
  { package: 'libseccomp-dev', file: '/usr/include/seccomp.h' },
  { package: 'pkg-config', command: 'pkg-config' },
  { package: 'make', command: 'make' },
  { package: 'xz-utils', command: 'xz' },
  { package: 'kmod', command: 'depmod' },
  { package: 'busybox-static', command: 'busybox' },
  { package: 'cpio', command: 'cpio' },
  { package: 'iproute2', command: 'ip' },
  { package: 'dnsmasq-base', command: 'dnsmasq', isQuick: true },
  { package: 'tshark', command: 'tshark' },
  { package: 'xorriso', command: 'xorriso', isQuick: true },
  { package: 'genisoimage', command: 'genisoimage' },
  { package: 'dosfstools', command: 'mkfs.vfat', isQuick: true },
  { package: 'mtools', command: 'mcopy', isQuick: true },
  { package: 'zstd', command: 'zstd', isQuick: true },
  { package: 'qemu-utils', command: 'qemu-img', isQuick: true },
  { package: 'ovmf', file: '/usr/share/OVMF/OVMF_CODE_4M.fd' },
  { package: 'ipxe-qemu', file: '/usr/lib/ipxe/qemu/pxe-e1000e.rom' },
  { package: 'libvirt-daemon', command: 'libvirtd', with: ['libvirt-daemon-driver-qemu'] },
  { package: 'libvirt-clients', command: 'virsh', with: ['libxml2-utils'], isQuick: true },
  { package: 'virtinst', command: 'virt-install', isQuick: true },
  { package: 'iptables', command: 'iptables' },
  { package: 'vagrant', command: 'vagrant', with: ['vagrant-libvirt'], isQuick: true },
]

const SEARCH = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin']

/** Names of toolchain parts that are absent or too old, each with what to do. */
export function missingToolchain(forTests) {
  return [...TOOLCHAIN, ...(forTests ? TEST_TOOLCHAIN : [])].flatMap(tool => {
    const found = versionOf(tool.ask)
    if (found && !isOlder(found, tool.atLeast)) return []
    return [`${tool.name} ${found ? `${found.join('.')} is too old` : 'is missing'}: ${tool.hint}`]
  })
}

/** Packages whose proof is absent; `onlyQuick`: of those that the quick levels ask for. */
export function missingPackages(onlyQuick = false) {
  return PACKAGES.filter(({ command, file, atLeast, isQuick }) => {
    if (onlyQuick && !isQuick) return false
    if (file) return !existsSync(file)
    if (!SEARCH.some(dir => existsSync(join(dir, command)))) return true
    if (!atLeast) return false
    const found = versionOf([command, '--version'])
    return !found || isOlder(found, atLeast)
  })
}

function versionOf(argv) {
  try {
    const text = execFileSync(argv[0], argv.slice(1), {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return /(\d+)\.(\d+)/.exec(text)?.slice(1, 3).map(Number)
  } catch {
    return undefined
  }
}

function isOlder([major, minor], [wantedMajor, wantedMinor]) {
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor)
}

/**
 * Installs packages from the mirror the machine itself is configured with, by a package list of our own: the user's list of
 * sources is read and never edited, and a third-party source that does not answer cannot stop us.
 */
export async function installPackages(missing) {
  const release = releaseName()
  const suites = [release, `${release}-updates`, `${release}-security`, `${release}-backports`]
  const dir = join(cacheFolder(process.env), 'apt-host')
  const env = privateApt(
    dir,
    suites.map(suite => ({ type: 'deb', suite })),
  )
  await run('apt-update', ['apt-get', 'update'], { env })
  const wanted = missing.flatMap(entry => {
    const suite = entry.atLeast && !isInRelease(env, entry) ? `/${release}-backports` : ''
    return [entry.package, ...(entry.with ?? [])].map(name => `${name}${suite}`)
  })
  await run('apt-install', ['apt-get', 'install', '--yes', '--no-install-recommends', ...wanted], { env })
}

/** A package that is new enough in the release itself needs no backport. */
function isInRelease(env, entry) {
  const policy = execFileSync('apt-cache', ['policy', entry.package], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
  const candidate = /Candidate: (?:\d+:)?(\d+)\.(\d+)/.exec(policy)
  return candidate !== null && !isOlder(candidate.slice(1, 3).map(Number), entry.atLeast)
}

function releaseName() {
  return /^VERSION_CODENAME="?([^"\n]+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? ''
}
