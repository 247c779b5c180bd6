import type { GoProgram } from '../steps/go.ts'
import { kubernetesStamp } from './programs.ts'

/** The programs around a cluster's machines, its registry of images among them, by component of images/cluster.lock.json. No image has them. */
export const CLUSTER_PROGRAMS: Readonly<Record<string, (version: string) => readonly GoProgram[]>> = {
  etcd: () => [{ name: 'etcd', package: '.', tags: ['grpcnotrace'], stamp: {} }],
  'control-plane': version => [
    { name: 'control-plane', package: '.', tags: ['grpcnotrace'], stamp: kubernetesStamp(version) },
  ],
  registry: () => [{ name: 'registry', package: '.', tags: ['grpcnotrace'], stamp: {} }],
}
