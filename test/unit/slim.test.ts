import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseLock } from '../../images/lock.ts'
import { neededOf, plan } from '../../images/plan.ts'
import { cloud } from '../../images/recipes/cloud.ts'
import { slim } from '../../images/recipes/slim.ts'

const lock = parseLock(readFileSync('images/components.lock.json', 'utf8'))
const [product, small] = [cloud('1'), slim('1')]
const paths = (files: typeof product.files) => files.map(({ path }) => path)

test('slim is cloud without the programs of Kubernetes, their links and settings', () => {
  expect(paths(product.files).filter(path => !paths(small.files).includes(path))).toEqual([
    ...['/bin/containerd', '/bin/ctr', '/bin/containerd-shim-runc-v2', '/bin/runc', '/bin/kubelet'],
    ...['/bin/kubeadm', '/opt/cni/bin/bridge', '/opt/cni/bin/host-local', '/etc/containerd/config.toml'],
  ])
  expect(small.modules).toEqual(product.modules)
  expect(small.kernel).toBe(product.kernel)
})

test('what slim has not is not built for it', () => {
  const steps = plan(small, neededOf(small, lock, false), '/cargo').map(({ id }) => id)
  expect(steps).toEqual(expect.arrayContaining(['linux', 'e2fsprogs', 'keel-init', 'ca-certificates']))
  expect(steps.filter(id => id in product.programs || id.startsWith('workload-'))).toEqual([])
})
