/** What pods find on a node: modules, mounts, folders, host ports, swap and logs; and what of it outlives a reboot. */
import { basename } from 'node:path'
import { expect, test } from 'vitest'
import { entries, imageFacts } from '../image/opened.ts'
import { ask, podsFragment } from './agent.ts'
import { filesystemAt, namesIn, replaceIn } from './disk.ts'
import { HOST_NEEDS, type HostNeed, needed } from './host-needs.ts'
import { NODE_TOOLS, nodeTools } from './node-tools.ts'
import { boot, newDisk, powerOff, steady } from './vm.ts'

/** The agent in the network of pods: every question comes by its host port. */
const AGENT = `
    - pod:
        apiVersion: v1
        kind: Pod
        metadata: {name: agent, namespace: default}
        spec:
          hostPID: true
          terminationGracePeriodSeconds: 1
          containers:
            - name: agent
              image: keel.local/agent:1
              imagePullPolicy: Never
              securityContext: {privileged: true}
              ports: [{containerPort: 10999, hostPort: 10999}]
              volumeMounts: [{name: plugins, mountPath: /plugins, mountPropagation: HostToContainer}]
          volumes: [{name: plugins, hostPath: {path: /var/lib/kubelet/plugins, type: DirectoryOrCreate}}]
`

const NODE = `
apiVersion: keel/v1
hostname: host
storage:
  disks:
    - match: {serial: keel-disk}
      partitions:
        - {label: KEEL-STATE, size: 64MiB}
        - {label: KEEL-DATA, size: rest}
  persist:
    - {path: /var/lib/cni, partition: KEEL-DATA}
    - {path: /var/lib/app, partition: KEEL-DATA}
kubernetes:
  role: standalone
  cni: {bridge: {podCIDRs: [10.244.7.0/24]}}
`

/** Size of the swap space that a pod makes. */
const SWAP_MIB = 256

/** Each line says what was done and how it ended. busybox' modprobe takes one module that kmod has not loaded, by an alias. */
const SCRIPT = [
  ...needed('module').map(name => `/bin/modprobe ${name}; echo "module ${name} $?" >>/out/part`),
  '/bin/busybox modprobe rtnl-link-vrf; echo "busybox $?" >>/out/part',
  'echo "modinfo $(/bin/modinfo -F license fuse)" >>/out/part',
  '/bin/busybox mkdir -p /plugins/driver && /bin/busybox mount -t tmpfs volume /plugins/driver',
  'echo "mounted $?" >>/out/part; echo written >/plugins/driver/file',
  `/bin/modprobe zram; echo ${SWAP_MIB}M >/sys/block/zram0/disksize`,
  '/bin/busybox mknod /swap b $(/bin/busybox tr : " " </sys/block/zram0/dev)',
  '/bin/busybox mkswap /swap >/out/mkswap && /bin/busybox swapon /swap; echo "swap $?" >>/out/part',
  '/bin/busybox mv /out/part /out/done; /bin/busybox sleep 1000000',
].join('\n')

/** Says how much swap it may use, ends once when it is asked to, and fills its log. */
const LOGGING = [
  '/bin/busybox cat /sys/fs/cgroup/memory.swap.max >>/out/swap',
  'while :; do i=0',
  'while [ $i -lt 400 ]; do echo "line $i of a log that is longer than the kubelet wants"; i=$((i + 1)); done',
  '/bin/busybox sleep 2; [ -e /out/again ] && /bin/busybox rm /out/again && exit; done',
].join('\n')

/** A pod like that of a storage driver's: privileged, with the node's modules and the folder of plugins. */
const TOOLS = `
apiVersion: keel/v1
kubernetes:
  images: [/var/lib/app/tools.tar]
  kubelet:
    config:
      containerLogMaxSize: 16Ki
      containerLogMaxFiles: 3
      containerLogMonitorInterval: 3s
      memorySwap: {swapBehavior: LimitedSwap}
  staticPods:
    - pod:
        apiVersion: v1
        kind: Pod
        metadata: {name: tools, namespace: default}
        spec:
          terminationGracePeriodSeconds: 1
          containers:
            - name: tools
              image: ${NODE_TOOLS}
              imagePullPolicy: Never
              securityContext: {privileged: true}
              args: [sh, -c, ${JSON.stringify(SCRIPT)}]
              volumeMounts:
                - {name: modules, mountPath: /lib/modules, readOnly: true}
                - {name: plugins, mountPath: /plugins, mountPropagation: Bidirectional}
                - {name: out, mountPath: /out}
          volumes:
            - {name: modules, hostPath: {path: /lib/modules}}
            - {name: plugins, hostPath: {path: /var/lib/kubelet/plugins, type: DirectoryOrCreate}}
            - {name: out, hostPath: {path: /run/tools, type: DirectoryOrCreate}}
    - pod:
        apiVersion: v1
        kind: Pod
        metadata: {name: logging, namespace: default}
        spec:
          terminationGracePeriodSeconds: 1
          containers:
            - name: logging
              image: ${NODE_TOOLS}
              imagePullPolicy: Never
              resources: {requests: {memory: 512Mi}}
              args: [sh, -c, ${JSON.stringify(LOGGING)}]
              volumeMounts: [{name: out, mountPath: /out}]
          volumes: [{name: out, hostPath: {path: /run/tools, type: DirectoryOrCreate}}]
`

/** The kernel notes every file that anything opens, in a pod as well. */
const TRACE =
  'kprobe_event=p:keel_open,do_filp_open,path=+0(+0(%si)):string trace_event=sched:sched_process_exec trace_buf_size=24M'

type Vm = Awaited<ReturnType<typeof boot>>
const WAIT_MS = 180_000
const HOST = '/proc/1/root'
const FLEXVOLUME = '/usr/libexec/kubernetes/kubelet-plugins/volume/exec'
const LEASES = '/var/lib/cni/networks/keel'

/** Asks until the pod is there: the connection to its host port is refused before. */
const reached = (vm: Vm) =>
  expect
    .poll(() => ask(vm, 'cat /etc/hostname').catch(String), { timeout: WAIT_MS, interval: 500 })
    .toBe('agent-host\n')

const namesAt = async (vm: Vm, path: string) =>
  (await ask(vm, `ls ${HOST}${path}`)).split('\n').filter(name => !['', '.', '..'].includes(name))

/** How the node's kernel and folders answer a need; the answer of one that is met is `met`. */
async function answerTo(vm: Vm, { product, kind, value }: HostNeed, loaded: string): Promise<string> {
  const met = (is: boolean, seen: string) => (is ? 'met' : seen)
  const release = imageFacts().kernelRelease
  if (kind === 'module') {
    const [line = 'not tried'] = new RegExp(`^module ${value} .*$`, 'm').exec(loaded) ?? []
    return met(line.endsWith(' 0'), line)
  }
  if (kind === 'kernel option') {
    const config = await ask(vm, `cat ${HOST}/lib/modules/${release}/config`)
    return met(new RegExp(`^CONFIG_${value}=[ym]$`, 'm').test(config), 'not in the config')
  }
  if (kind === 'sysctl') {
    const [name = '', wanted = ''] = value.split('=')
    const seen = (await ask(vm, `cat ${HOST}/proc/sys/${name.replaceAll('.', '/')}`)).trim()
    return met(seen === wanted, seen)
  }
  if (kind === 'shared mount') {
    const [path = '', type = ''] = value.split(' ')
    const lines = (await ask(vm, 'cat /proc/1/mountinfo')).split('\n')
    const line = lines.findLast(one => one.split(' ')[4] === path) ?? 'not a mount'
    return met(/ shared:\d+ /.test(line) && line.includes(` - ${type} `), line)
  }
  if (kind === 'BTF') {
    const names = await namesAt(vm, '/sys/kernel/btf')
    return met(names.includes(value), names.join())
  }
  if (kind === 'capability') {
    const [, mask = '0'] = /^CapBnd:\s*(\w+)$/m.exec(await ask(vm, 'cat /proc/self/status')) ?? []
    const bit = CAPABILITIES[value] ?? 64
    return met(((BigInt(`0x${mask}`) >> BigInt(bit)) & 1n) === 1n, mask)
  }
  if (kind === 'readable') return met((await namesAt(vm, value)).length > 0, 'empty')
  // As the kubelet does for a hostPath of the type DirectoryOrCreate; below what there is, everything can be made.
  const path = await deepest(vm, value)
  const error = await ask(
    vm,
    `create ${HOST}${path}/probe-of-${`${product}-${value}`.replaceAll(/[ /]/g, '-')}`,
  )
  return met(error === '000\n', `${path}: ${error}`)
}

/** Bits of the kernel's capability sets. */
const CAPABILITIES: Readonly<Record<string, number>> = {
  NET_ADMIN: 12,
  NET_RAW: 13,
  IPC_LOCK: 14,
  SYS_MODULE: 16,
  SYS_ADMIN: 21,
  SYS_RESOURCE: 24,
}

async function deepest(vm: Vm, path: string): Promise<string> {
  if (path === '' || (await ask(vm, `ls ${HOST}${path}`)) !== '') return path
  return deepest(vm, path.replace(/\/[^/]+$/, ''))
}

test('a host port leads to its pod; what drivers put on the disk stays, and what networks leave in RAM is gone after a reboot', async () => {
  const disk = newDisk(1024)
  const first = await boot({ config: [NODE, podsFragment(AGENT)], disk })
  await steady(first)
  await reached(first)
  const [lease] = (await namesAt(first, LEASES)).filter(name => name.startsWith('10.244.7.'))
  expect(lease, first.console()).toBeDefined()
  for (const folder of ['/opt/cni/bin', '/etc/cni/net.d', FLEXVOLUME, '/var/lib/kubelet/plugins'])
    expect(await ask(first, `create ${HOST}${folder}/left`), folder).toBe('000\n')
  await powerOff(first)
  const data = filesystemAt(disk, 'KEEL-DATA')
  expect(namesIn(data, '/persist/var/lib/cni')).toEqual([])
  replaceIn(data, '/persist/var/lib/app/tools.tar', nodeTools('kmod'))

  const second = await boot({ config: [NODE, podsFragment(AGENT), TOOLS], disk, cmdline: TRACE })
  await steady(second)
  await reached(second)
  expect(await namesAt(second, '/opt/cni/bin')).not.toContain('left')
  expect(await namesAt(second, '/etc/cni/net.d')).toEqual(['10-keel.conflist'])
  for (const folder of [FLEXVOLUME, '/var/lib/kubelet/volumeplugins', '/var/lib/kubelet/plugins'])
    expect(await namesAt(second, folder), folder).toContain('left')

  const loaded = () => ask(second, `cat ${HOST}/run/tools/done`)
  await expect.poll(loaded, { timeout: WAIT_MS, interval: 1000 }).toContain('mounted')
  const report = await loaded()
  expect(report).toContain('busybox 0\nmodinfo GPL\nmounted 0\n')
  expect(await ask(second, `ls ${HOST}/sys/module/vrf`)).toContain('initstate')
  expect(await ask(second, 'mount tracefs /sys/kernel/tracing')).toBe('')
  const trace = await ask(second, 'cat /sys/kernel/tracing/trace')
  const ofWorkloads = entries().filter(({ only }) => only === 'workload')
  expect(ofWorkloads.length).toBeGreaterThan(5)
  // busybox goes to the folder of modules first, and names a file in it.
  const isOpened = (path: string) => [path, basename(path)].some(name => trace.includes(`path="${name}"`))
  expect(ofWorkloads.map(({ path }) => path).filter(path => !isOpened(path))).toEqual([])

  // The mount of one pod is there for the node, and for another pod.
  expect(await ask(second, 'cat /plugins/driver/file')).toBe('written\n')
  expect(await ask(second, 'cat /proc/1/mountinfo')).toContain(' /var/lib/kubelet/plugins/driver ')

  const unmet: string[] = []
  for (const need of HOST_NEEDS) {
    const answer = await answerTo(second, need, report)
    if (answer !== 'met') unmet.push(`${need.product}: ${need.kind} ${need.value}: ${answer}`)
  }
  expect(unmet, second.console()).toEqual([])

  await rotatesLogs(second)
  expect(report).toContain('swap 0\n')
  await runsNextToSwap(second)
})

/** The kubelet keeps three files of a container's log: the one that is written, the one before, and one that is packed. */
async function rotatesLogs(vm: Vm): Promise<void> {
  const [pod = ''] = (await namesAt(vm, '/var/log/pods')).filter(name => name.startsWith('default_logging-'))
  const packed = async () => {
    const names = await namesAt(vm, `/var/log/pods/${pod}/logging`)
    expect(names.length).toBeLessThanOrEqual(4)
    return names.find(name => name.endsWith('.gz'))
  }
  await expect.poll(packed, { timeout: WAIT_MS, interval: 1000 }).toMatch(/^0\.log\.\d{8}-\d{6}\.gz$/)
  const first = await packed()
  await expect.poll(packed, { timeout: WAIT_MS, interval: 1000 }).not.toBe(first)
}

/** A kubelet starts on a node with swap, and its static pods, which it counts as critical, get none of it. */
async function runsNextToSwap(vm: Vm): Promise<void> {
  const limits = async () => (await ask(vm, `cat ${HOST}/run/tools/swap`)).trim().split('\n')
  expect(await limits()).toEqual(['0'])
  const starts = () =>
    vm.events.filter(({ type, process }) => type === 'process-ready' && process === 'kubelet').length
  const before = starts()
  await ask(vm, 'kill kubelet 9')
  await expect.poll(starts, { timeout: WAIT_MS }).toBe(before + 1)
  expect(await ask(vm, `cat ${HOST}/proc/swaps`)).toMatch(/^\S+\s+partition\s+2\d{5}\s/m)
  expect(await ask(vm, `create ${HOST}/run/tools/again`)).toBe('000\n')
  await expect.poll(limits, { timeout: WAIT_MS, interval: 1000 }).toEqual(['0', '0'])
}
