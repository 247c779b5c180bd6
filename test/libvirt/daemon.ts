/**
 * A libvirtd of a test's own: its machines, networks and processes are in namespaces, and what it writes below /etc, /run and
 * /var lies in a folder of the test. This machine stays unchanged, and one signal ends all of it.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { newFolder, removeLeftovers } from '../cluster/leftovers.ts'

/** Where libvirtd runs. */
export interface Libvirt {
  /** For whatever the test and its machines write; it goes with all the rest. */
  readonly folder: string
  /** The same command, run where libvirtd is. */
  inside(argv: readonly string[], cwd?: string): string[]
  /** Runs a command there to its end; what it wrote on both streams is in the error, and on standard output in the result. */
  run(argv: readonly string[], cwd?: string): Promise<string>
  /** `virsh` with these words. */
  virsh(...words: string[]): Promise<string>
  close(): Promise<void>
}

const URI = 'qemu:///system'
const READY = 'ready'
const READY_MS = 60_000
/** What of its first process a command shares; the root too, which in a chroot is not the namespace's own. */
const EVERYTHING = ['--root', '--mount', '--net', '--pid', '--ipc']
const OUTPUT_BYTES = 64 * 1024 * 1024

/**
 * The first process of the namespaces. It stays to reap: libvirtd waits for what it killed until somebody did. The user must
 * exist even where nothing runs as it.
 */
const FIRST = `
mount --make-rprivate /
for dir in etc var; do
  mkdir -p "$1/$dir" "$1/$dir.work"
  mount -t overlay -o "lowerdir=/$dir,upperdir=$1/$dir,workdir=$1/$dir.work" overlay "/$dir"
done
mount -t tmpfs tmpfs /run
mount -t sysfs sysfs /sys
ip link set lo up
mkdir -p /etc/libvirt /var/log/libvirt
cp "$1/qemu.conf" "$1/libvirtd.conf" /etc/libvirt/
: > /etc/libvirt/virtlogd.conf
getent passwd libvirt-qemu || echo libvirt-qemu:x:64055:64055::/:/bin/false >> /etc/passwd
getent group libvirt-qemu || echo libvirt-qemu:x:64055: >> /etc/group
getent group kvm || echo kvm:x:64056: >> /etc/group
virtlogd -d
libvirtd -d
echo ${READY}
sleep infinity & wait
`

/** Machines run as root, whose folders they are in, and without cgroups, which are systemd's to give. */
const QEMU_CONF = `user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
cgroup_controllers = []
namespaces = []
`

/** It answers when this is over. */
export async function startLibvirt(): Promise<Libvirt> {
  removeLeftovers()
  const folder = newFolder()
  const log = join(folder, 'libvirtd.log')
  const own = join(folder, 'own')
  mkdirSync(own)
  writeFileSync(join(own, 'qemu.conf'), QEMU_CONF)
  writeFileSync(join(own, 'libvirtd.conf'), `auth_unix_rw = "none"\nlog_outputs = "3:file:${log}"\n`)
  const namespaces = ['--net', '--mount', '--pid', '--ipc', '--mount-proc', '--fork', '--kill-child=KILL']
  const first = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', 'unshare', ...namespaces, 'sh', '-ec', FIRST, 'first', own],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const ended = once(first, 'close')
  const close = async () => {
    // With the first process all others of the namespaces go; unshare ends when they are gone.
    const [pid] = childrenOf(first)
    if (pid !== undefined) process.kill(Number(pid), 'SIGKILL')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await readyOf(first)
  } catch (error) {
    await close()
    throw error
  }
  const [pid = ''] = childrenOf(first)
  const inside = (argv: readonly string[], cwd = folder) => [
    ...['setpriv', '--pdeathsig', 'KILL', 'nsenter', '--target', pid, ...EVERYTHING],
    ...['env', `--chdir=${cwd}`, ...argv],
  ]
  const run = async (argv: readonly string[], cwd?: string) => {
    const [program = '', ...rest] = inside(argv, cwd)
    try {
      return (await promisify(execFile)(program, rest, { maxBuffer: OUTPUT_BYTES })).stdout
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string }
      throw new Error(`${argv.join(' ')}:\n${stdout}${stderr}\nlibvirtd:\n${readFileSync(log, 'utf8')}`)
    }
  }
  return { folder, inside, run, virsh: (...words) => run(['virsh', '--connect', URI, ...words]), close }
}

const childrenOf = ({ pid, exitCode, signalCode }: ChildProcess): string[] =>
  exitCode === null && signalCode === null
    ? readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
    : []

/** Everything that the first process says before it is ready is why it is not. */
async function readyOf(first: ChildProcess): Promise<void> {
  const output: string[] = []
  const why = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => resolve('is not ready in time'), READY_MS)
    first.once('close', () => resolve('did not start'))
    first.once('error', reject)
    for (const stream of [first.stdout, first.stderr]) {
      if (!stream) continue
      createInterface({ input: stream }).on('line', line => {
        output.push(line)
        if (line !== READY) return
        clearTimeout(timer)
        resolve('')
      })
    }
  })
  if (why !== '') throw new Error(`libvirtd ${why}:\n${output.join('\n')}`)
}
