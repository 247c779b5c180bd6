import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseLock } from '../../images/lock.ts'
import { neededOf, plan } from '../../images/plan.ts'
import { cloud } from '../../images/recipes/cloud.ts'
import { slim } from '../../images/recipes/slim.ts'
import { WORKLOAD_MODULES } from '../../images/recipes/workload-modules.ts'

const lock = parseLock(readFileSync('images/components.lock.json', 'utf8'))
const NAME = { keelVersion: '1', imageVersion: '1' }
const [product, small] = [cloud(NAME), slim(NAME)]
const paths = (files: typeof product.files) => files.map(({ path }) => path)

test('slim is cloud without the programs of Kubernetes, their links and settings, and the modules of workloads', () => {
  expect(paths(product.files).filter(path => !paths(small.files).includes(path))).toEqual([
    ...['/bin/containerd', '/bin/ctr', '/bin/containerd-shim-runc-v2', '/bin/runc', '/bin/kubelet'],
    ...['/bin/kubeadm', '/opt/cni/bin/bridge', '/opt/cni/bin/host-local', '/opt/cni/bin/portmap'],
    ...['/bin/iptables', '/bin/ip6tables', '/etc/containerd/config.toml'],
    '/usr/libexec/kubernetes/kubelet-plugins/volume/exec',
  ])
  expect([...small.modules, ...WORKLOAD_MODULES].length).toBe(product.modules.length)
  expect(product.modules).toEqual(expect.arrayContaining([...small.modules]))
  expect(small.kernel).toBe(product.kernel)
})

test('what slim has not is not built for it', () => {
  const steps = plan(small, neededOf(small, lock, false), '/cargo').map(({ id }) => id)
  expect(steps).toEqual(expect.arrayContaining(['linux', 'e2fsprogs', 'keel-init', 'ca-certificates']))
  expect(steps).not.toContain('iptables')
  expect(steps.filter(id => id in product.programs || id.startsWith('workload-'))).toEqual([])
})
