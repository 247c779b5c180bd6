/** What a machine lets in and what pods reach, seen from another machine on its link and from pods of both kinds. Needs root. */
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type Vm, VmError } from '../../src/vm/vm.ts'
import { tunnel } from '../cluster/api.ts'
import { addToLoopback } from '../metadata/namespace.ts'
import { AGENT, AGENT_PORT, askOver, podsFragment } from './agent.ts'
import { ownNetwork } from './namespace.ts'
import { NODE_TOOLS, nodeTools } from './node-tools.ts'
import { boot, newDisk, powerOff, steady } from './vm.ts'

const WAIT_MS = 200_000
const SERVICE = '169.254.169.254'
const SERVICE6 = 'fd00:ec2::254'
const POD_CIDR = '10.244.7.0/24'
/** A web server that nobody is kept from. */
const WEB = '198.51.100.7'

/** Serves two ports, and tries again and again which addresses it reaches; each attempt replaces the one before. */
const script = (ports: readonly number[], addresses: readonly string[]) =>
  [
    ...ports.map(port => `/bin/busybox httpd -p ${port} -h /out`),
    'while :; do',
    ...addresses.map(
      address =>
        `if /bin/busybox nc -w 5 ${address} 80 </dev/null >/dev/null; then echo "${address} reached"; else echo "${address} closed"; fi >>/out/new`,
    ),
    '/bin/busybox mv /out/new /out/reached; /bin/busybox sleep 1; done',
  ].join('\n')

const pod = (name: string, spec: Record<string, unknown>, container: Record<string, unknown>) =>
  `\n    - ${JSON.stringify({
    pod: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default' },
      spec: {
        ...spec,
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name,
            image: NODE_TOOLS,
            imagePullPolicy: 'Never',
            volumeMounts: [{ name: 'out', mountPath: '/out' }],
            ...container,
          },
        ],
        volumes: [{ name: 'out', hostPath: { path: `/run/${name}`, type: 'DirectoryOrCreate' } }],
      },
    },
  })}`

const HOST_POD = pod(
  'hosted',
  { hostNetwork: true },
  { args: ['sh', '-c', script([7001, 7002], [SERVICE, SERVICE6, WEB])] },
)
const BRIDGED_POD = pod(
  'bridged',
  {},
  {
    args: ['sh', '-c', script([80, 81], [SERVICE, WEB])],
    ports: [
      { containerPort: 80, hostPort: 8080 },
      { containerPort: 81, hostPort: 8081 },
    ],
  },
)

const node = (archive: string) => `
apiVersion: keel/v1
hostname: closed
storage:
  disks:
    - match: {serial: keel-disk}
      partitions: [{label: KEEL-STATE, size: 64MiB}, {label: KEEL-DATA, size: rest}]
  files:
    - {path: /var/lib/tools.tar, contents: {base64: ${readFileSync(archive).toString('base64')}}}
kubernetes:
  role: standalone
  images: [/var/lib/tools.tar]
  cni: {bridge: {podCIDRs: [${POD_CIDR}]}}
`

/** A machine with an address of each family, and at the other end of its cable metadata services and a web server. */
function openLab() {
  const { network, folder } = ownNetwork()
  network.addIpv6()
  const tap = network.addTap()
  network.routePods(POD_CIDR, tap.address.split('/')[0] ?? '')
  const run = (argv: string[], stdio: 'ignore' | 'pipe' = 'ignore') => {
    const [program = '', ...rest] = network.inside(argv)
    const child = spawn(program, rest, { stdio: ['ignore', stdio, stdio] })
    onTestFinished(() => void child.kill('SIGKILL'))
    return child
  }
  mkdirSync(join(folder, 'web'))
  writeFileSync(join(folder, 'web', 'index.html'), '')
  for (const address of [SERVICE, SERVICE6, WEB]) addToLoopback(network.inside, address)
  run(['busybox', 'httpd', '-f', '-p', '80', '-h', join(folder, 'web')])
  const relay = join(folder, 'relay')
  run([process.execPath, 'test/cluster/relay.mjs', relay])
  const [v4, v6] = [tap.address, tap.address6].map(text => text.split('/')[0] ?? '')
  const links = `
  links:
    - name: eth0
      addresses: [${tap.address}, "${tap.address6}"]
      routes: [{gateway: ${tap.gateway}}, {gateway: "fd00:90::1"}]`
  const disk = newDisk(1024)
  const tools = node(nodeTools('ip', folder))
  const pods = podsFragment(AGENT, HOST_POD, BRIDGED_POD)
  const ends = (argv: string[]) =>
    new Promise<number | null>(resolve => run(argv).on('close', code => resolve(code)))
  return {
    boot: (config: string) =>
      boot({
        config: [tools, pods, `apiVersion: keel/v1\nnetwork:${links}${config}`],
        disk,
        memoryMib: 2048,
        lifetimeMs: 600_000,
        hardware: { nics: [{ kind: 'tap', name: tap.name, mac: tap.mac }] },
        inside: network.inside,
      }),
    ask: async (command: string) => askOver(await tunnel(relay, v4 ?? '', AGENT_PORT), command),
    /** Which of these ports take a connection, by both families, all asked at once. */
    open: async (...ports: number[]) => {
      const each = [v4, v6].flatMap(address =>
        ports.map(async port => {
          const code = await ends(['timeout', '3', 'bash', '-c', `exec 3<>/dev/tcp/${address}/${port}`])
          // A machine that answers that it has no such port does not drop what comes in.
          return [
            `${address === v4 ? 'v4' : 'v6'} ${port}`,
            { 0: 'open', 1: 'refused' }[code ?? 2] ?? 'silent',
          ]
        }),
      )
      return Object.fromEntries(await Promise.all(each)) as Record<string, string>
    },
    echoes: () =>
      Promise.all([v4, v6].map(address => ends(['busybox', 'ping', '-c', '1', '-W', '5', address ?? '']))),
  }
}

type Lab = ReturnType<typeof openLab>

/** What a pod says that it reaches, of a round in which it has reached the web server. */
async function reachedBy(lab: Lab, vm: Vm, name: string): Promise<Record<string, string>> {
  const read = () => lab.ask(`cat /proc/1/root/run/${name}/reached`).catch(() => '')
  await expect
    .poll(read, { timeout: WAIT_MS, interval: 1000 })
    .toContain(`${WEB} reached`)
    .catch((error: Error) => {
      throw new VmError(error.message, vm)
    })
  return Object.fromEntries(
    (await read())
      .trim()
      .split('\n')
      .map(line => line.split(' ')),
  )
}

const firewallSet = (vm: Vm) => vm.events.filter(({ type }) => type === 'firewall-set')

test('ports that are not allowed are silent, those of pods too; pods do not reach metadata services; the next config takes its place', {
  timeout: 900_000,
}, async () => {
  const lab = openLab()
  const first = await lab.boot(`
  metadataGuard: true
  firewall:
    links: [eth0]
    allow:
      - {protocol: tcp, ports: [${AGENT_PORT}, 7001, 8080]}
      - {preset: kubelet, from: [10.90.0.0/24]}
`)
  await steady(first, WAIT_MS)
  expect(firewallSet(first), first.console()).toMatchObject([
    { links: ['eth0'], guarded: expect.arrayContaining([SERVICE, SERVICE6]) },
  ])
  const closed = { [SERVICE]: 'closed', [WEB]: 'reached' }
  expect(await reachedBy(lab, first, 'hosted'), first.console()).toEqual({ ...closed, [SERVICE6]: 'closed' })
  expect(await reachedBy(lab, first, 'bridged'), first.console()).toEqual(closed)
  expect(await lab.open(7001, 7002, 7003, 10250, 8080, 8081), first.console()).toEqual({
    ...{ 'v4 7001': 'open', 'v6 7001': 'open', 'v4 10250': 'open', 'v4 8080': 'open' },
    ...{ 'v4 7002': 'silent', 'v6 7002': 'silent', 'v4 7003': 'silent', 'v6 7003': 'silent' },
    // The control plane has no address of IPv6 here; a pod without one has no port of it.
    ...{ 'v4 8081': 'silent', 'v6 10250': 'silent', 'v6 8080': 'refused', 'v6 8081': 'silent' },
  })
  expect(await lab.echoes()).toEqual([0, 0])
  await powerOff(first)

  const second = await lab.boot(`
  firewall: {links: [eth0], allow: [{protocol: tcp, ports: [${AGENT_PORT}, 7002-7003, 8081]}]}
`)
  await steady(second, WAIT_MS)
  expect(firewallSet(second), second.console()).toMatchObject([{ links: ['eth0'], guarded: [] }])
  const reached = { [SERVICE]: 'reached', [WEB]: 'reached' }
  expect(await reachedBy(lab, second, 'hosted')).toEqual({ ...reached, [SERVICE6]: 'reached' })
  expect(await reachedBy(lab, second, 'bridged')).toEqual(reached)
  expect(await lab.open(7001, 7002, 7003, 10250, 8080, 8081), second.console()).toMatchObject({
    ...{ 'v4 7001': 'silent', 'v4 7002': 'open', 'v6 7002': 'open', 'v4 7003': 'refused' },
    ...{ 'v4 10250': 'silent', 'v4 8080': 'silent', 'v4 8081': 'open' },
  })
  await powerOff(second)
})
