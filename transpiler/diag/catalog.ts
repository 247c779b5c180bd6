/** Every problem Keel can report. A code is forever: never renamed, never reused (see `retired`). */
import { MACHINE_CODES } from '../machine/codes.ts'
import { SCHEMA_CODES } from '../recover/codes.ts'
import { RULE_CODES } from '../rules/codes.ts'
import { HEALTH_CODES } from '../sections/health/codes.ts'
import { HOSTNAME_CODES } from '../sections/hostname/codes.ts'
import { KERNEL_CODES } from '../sections/kernel/codes.ts'
import { KUBERNETES_CODES } from '../sections/kubernetes/codes.ts'
import { KUBELET_CODES } from '../sections/kubernetes/kubelet-codes.ts'
import { POD_CODES } from '../sections/kubernetes/pod-codes.ts'
import { REGISTRY_CODES } from '../sections/kubernetes/registry-codes.ts'
import { VERSION_CODES } from '../sections/kubernetes/version-codes.ts'
import { WORKER_CODES } from '../sections/kubernetes/worker-codes.ts'
import { NETWORK_CODES } from '../sections/network/codes.ts'
import { ON_FAILURE_CODES } from '../sections/on-failure/codes.ts'
import { STORAGE_CODES } from '../sections/storage/codes.ts'
import { TIME_CODES } from '../sections/time/codes.ts'
import { WATCHDOG_CODES } from '../sections/watchdog/codes.ts'
import { YAML_CODES } from '../yaml/codes.ts'
import type { Definition } from './define.ts'

/** Those of each folder and of each section. */
export const catalog = {
  ...YAML_CODES,
  ...SCHEMA_CODES,
  ...HOSTNAME_CODES,
  ...RULE_CODES,
  ...KERNEL_CODES,
  ...NETWORK_CODES,
  ...TIME_CODES,
  ...WATCHDOG_CODES,
  ...STORAGE_CODES,
  ...VERSION_CODES,
  ...WORKER_CODES,
  ...KUBERNETES_CODES,
  ...KUBELET_CODES,
  ...POD_CODES,
  ...REGISTRY_CODES,
  ...HEALTH_CODES,
  ...ON_FAILURE_CODES,
  ...MACHINE_CODES,
} as const

/** Codes of earlier versions, never given to anything else. */
export const retired: readonly string[] = []

export type Code = keyof typeof catalog
export type Args<C extends Code> = Parameters<(typeof catalog)[C]['message']>[0]

/** How a code is described. */
export function definitionOf(code: Code): Definition<never> {
  return catalog[code] as Definition<never>
}
