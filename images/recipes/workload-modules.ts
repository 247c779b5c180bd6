import type { ModuleRow } from '../recipe.ts'
import { PACKET_MODULES } from './packet-modules.ts'
import { POD_NETWORK_MODULES } from './pod-network-modules.ts'
import { STORAGE_MODULES } from './storage-modules.ts'

/** Every module that only a node with Kubernetes needs: pods and kube-proxy ask for it. docs/images.md says what each costs. */
export const WORKLOAD_MODULES: readonly ModuleRow[] = [
  ...PACKET_MODULES,
  ...POD_NETWORK_MODULES,
  ...STORAGE_MODULES,
]
