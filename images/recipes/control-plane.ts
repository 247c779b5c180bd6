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
