import type { GoProgram } from '../steps/go.ts'
import { kubernetesStamp } from './programs.ts'

/**
 * The programs around a cluster's machines, its registry of images and what the tests run in pods among them, by component of
 * images/cluster.lock.json. No image of a node has them.
 */
export const CLUSTER_PROGRAMS: Readonly<Record<string, (version: string) => readonly GoProgram[]>> = {
  etcd: () => [{ name: 'etcd', package: '.', tags: ['grpcnotrace'], stamp: {} }],
  'control-plane': version => [
    { name: 'control-plane', package: '.', tags: ['grpcnotrace'], stamp: kubernetesStamp(version) },
    {
      name: 'kube-proxy',
      package: './kube-proxy',
      tags: ['grpcnotrace'],
      stamp: kubernetesStamp(version),
    },
  ],
  coredns: () => [{ name: 'coredns', package: '.', tags: ['grpcnotrace'], stamp: {} }],
  'network-policies': () => [
    { name: 'netpol', package: 'sigs.k8s.io/kube-network-policies/cmd', tags: [], stamp: {} },
  ],
  'storage-driver': () => [{ name: 'storage-driver', package: '.', tags: ['grpcnotrace'], stamp: {} }],
  registry: () => [{ name: 'registry', package: '.', tags: ['grpcnotrace'], stamp: {} }],
}

/** What `npm run test:long` alone builds: a CNI, and the tests that Kubernetes and its runtime interface bring, by component of images/long.lock.json. */
export const LONG_PROGRAMS: Readonly<Record<string, (version: string) => readonly GoProgram[]>> = {
  flannel: version => [
    {
      name: 'flanneld',
      package: 'github.com/flannel-io/flannel',
      tags: ['netgo', 'osusergo'],
      stamp: { 'github.com/flannel-io/flannel/pkg/version.Version': `v${version}` },
      // One of its backends is C.
      cgo: ['libc.a'],
    },
  ],
  'cri-tools': () => [
    { name: 'critest', package: 'sigs.k8s.io/cri-tools/cmd/critest', tags: [], stamp: {}, isTest: true },
  ],
  e2e: version => [
    {
      name: 'e2e.test',
      package: 'k8s.io/kubernetes/test/e2e',
      tags: ['grpcnotrace'],
      stamp: kubernetesStamp(version),
      isTest: true,
    },
    {
      name: 'agnhost',
      package: 'k8s.io/kubernetes/test/images/agnhost',
      tags: ['grpcnotrace'],
      stamp: {},
    },
  ],
}
