/** A worker without any way to its cluster but a tunnel of WireGuard. Needs root. */
import { execFileSync } from 'node:child_process'
import { expect, onTestFinished, test } from 'vitest'
import { keysOf, newKeys } from '../vm/keys.ts'
import { type BootOptions, newDisk, powerOff, steady } from '../vm/vm.ts'
import { clusterPrograms } from './cluster-programs.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'
import { joins, runPod, untilReady, WAIT_MS, WHOLE_MS } from './kubectl.ts'
import { CONTROL_PLANE_ADDRESS, type Tap } from './network.ts'
import { hostOf } from './stocked.ts'
import { bootAt, podCidrOf } from './worker.ts'

const CLUSTER = `${CONTROL_PLANE_ADDRESS}/24`.replace('.1/', '.0/')
const PLANE = '10.9.0.0/24'
/** What the two ends of the tunnel have in the plane, and below it in a network that nobody else is in. */
const GATEWAY = { inside: '10.9.0.1', outside: '172.16.0.1' }
const WORKER = { inside: '10.9.0.2', outside: '172.16.0.2' }
const PORT = 51820

const keys = { gateway: newKeys(), worker: newKeys() }

const tunnel = (privateKey: string, peer: object, rest: object) => ({
  name: 'wg0',
  wireguard: { privateKey, listenPort: PORT, peers: [peer] },
  ...rest,
})

/** A node that passes packets on between the cluster's network and the plane. */
const gateway = (tap: Tap, podCidr: string) =>
  JSON.stringify({
    apiVersion: 'keel/v1',
    hostname: 'gateway',
    kernel: { sysctl: { 'net.ipv4.ip_forward': 1 } },
    network: {
      links: [
        { match: { mac: tap.mac }, addresses: [tap.address, `${GATEWAY.outside}/30`] },
        tunnel(
          keys.gateway.privateKey,
          { publicKey: keys.worker.publicKey, allowedIPs: [`${WORKER.inside}/32`, podCidr] },
          { addresses: [`${GATEWAY.inside}/24`], routes: [{ destination: podCidr }] },
        ),
      ],
    },
    kubernetes: { role: 'none' },
  })

const worker = ({ mac }: Tap, podCidr: string, { endpoint, token, caHash }: ControlPlane) =>
  JSON.stringify({
    apiVersion: 'keel/v1',
    hostname: 'far',
    network: {
      links: [
        { match: { mac }, addresses: [`${WORKER.outside}/30`] },
        tunnel(
          keys.worker.privateKey,
          {
            publicKey: keys.gateway.publicKey,
            endpoint: `${GATEWAY.outside}:${PORT}`,
            allowedIPs: [PLANE, CLUSTER],
            persistentKeepalive: '25s',
          },
          { addresses: [`${WORKER.inside}/24`], routes: [{ destination: CLUSTER }] },
        ),
      ],
    },
    storage: {
      disks: [
        {
          match: { serial: 'keel-disk' },
          partitions: [
            { label: 'KEEL-STATE', size: '64MiB' },
            { label: 'KEEL-DATA', size: 'rest' },
          ],
        },
      ],
    },
    kubernetes: {
      role: 'worker',
      nodeAddress: { subnets: [PLANE] },
      cni: { bridge: { podCIDRs: [podCidr] } },
      images: ['/usr/lib/keel/images/demo.tar'],
      join: { endpoint, token, caCertHashes: [caHash], discoveryTimeout: '20s', retryDelay: '1s' },
    },
  })

test('a worker joins through a plane of WireGuard, which is its only way to the cluster, and comes back with a clock that has kept nothing', {
  timeout: WHOLE_MS,
}, async () => {
  const cluster = await startControlPlane(await clusterPrograms())
  onTestFinished(cluster.stop)
  const [near, far] = [cluster.network.addTap(), cluster.network.addTap()]
  const podCidr = podCidrOf(far)
  for (const cidr of [PLANE, podCidr]) cluster.network.routePods(cidr, hostOf(near))
  const disk = newDisk(2048)
  const start = (hardware: BootOptions['hardware'] = {}) =>
    bootAt(cluster, far, {
      config: [worker(far, podCidr, cluster)],
      disk,
      hardware,
      lifetimeMs: WHOLE_MS,
    })
  const [vm] = await Promise.all([
    start(),
    bootAt(cluster, near, {
      config: [gateway(near, podCidr)],
      product: true,
      memoryMib: 1024,
      lifetimeMs: WHOLE_MS,
    }),
  ])
  await steady(vm, WAIT_MS)
  expect(keysOf(vm)).toEqual([['wg0', keys.worker.publicKey]])
  expect(joins(vm), vm.console()).toEqual([{ nodeName: 'far', isFirst: true }])
  await untilReady(cluster, 'far', vm)
  const address = '-o=jsonpath={.status.addresses[?(@.type=="InternalIP")].address}'
  expect(await cluster.kubectl('get', 'node/far', address)).toBe(WORKER.inside)
  await runPod(cluster, 'talks', 'far')

  // A peer takes no handshake that is earlier than the last one, and nobody but the cluster could say the time.
  await powerOff(vm)
  const again = await start({ clock: '2001-01-01T00:00:00' })
  await steady(again, WAIT_MS)
  const clocks = again.events.filter(({ type }) => type === 'clock-set').map(({ by }) => by)
  expect(clocks, again.console()).toEqual(['state'])
  await untilReady(cluster, 'far', again)

  // The control plane has never seen the worker itself on the link that they share.
  const [program = '', ...rest] = cluster.network.inside(['ip', 'neighbour', 'show'])
  const neighbours = execFileSync(program, rest, { encoding: 'utf8' })
  expect(neighbours).toContain(near.mac)
  expect(neighbours).not.toContain(far.mac)
  expect(cluster.network.strays()).toBe(0)
})
