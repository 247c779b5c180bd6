/** The table of sections, in the order of the node config, and what is done with all of them. */
import type { MachineConfig } from '../../schema/generated/machine.ts'
import type { NodeConfig } from '../../schema/generated/node.ts'
import type { Report } from '../diag/report.ts'
import { lowestVersion } from '../machine/api-version.ts'
import type { Origins } from '../machine/origins.ts'
import type { IsWhole } from '../recover/broken.ts'
import type { Recovered } from '../recover/recovered.ts'
import type { FullConfig } from './full-config.ts'
import { health } from './health/index.ts'
import { hostname } from './hostname/index.ts'
import { kernel } from './kernel/index.ts'
import { kubernetes } from './kubernetes/index.ts'
import { network } from './network/index.ts'
import { onFailure } from './on-failure/index.ts'
import type { Reading, Section } from './section.ts'
import { storage } from './storage/index.ts'
import { time } from './time/index.ts'
import { watchdog } from './watchdog/index.ts'

export const SECTIONS: { readonly [K in keyof FullConfig]: Section<K> } = {
  hostname,
  kernel,
  network,
  time,
  storage,
  kubernetes,
  health,
  watchdog,
  onFailure,
}

const NAMES = Object.keys(SECTIONS) as (keyof FullConfig)[]

/** Writes out what was left out. */
export function fillDefaults(config: Recovered<NodeConfig>, reading: Reading): FullConfig {
  const filled = NAMES.map(name => [name, SECTIONS[name].defaults(config, reading)])
  return Object.fromEntries(filled) as FullConfig
}

/** All rules of all sections. */
export function check(config: FullConfig, report: Report, isWhole: IsWhole): void {
  for (const name of NAMES) for (const rule of SECTIONS[name].checks) rule(config, report, isWhole)
}

/** The machine config. Each part of it notes where it comes from. */
export function lower(config: FullConfig, origins: Origins): MachineConfig {
  const lowered = NAMES.map(name => [name, lowerSection(name, config, origins)] as const).filter(
    ([, section]) => section !== undefined,
  )
  const sections = Object.fromEntries(lowered) as Pick<MachineConfig, keyof FullConfig>
  const apiVersion = lowestVersion(sections) as MachineConfig['apiVersion']
  return origins.from([], { apiVersion, kind: 'MachineConfig', ...sections })
}

function lowerSection<K extends keyof FullConfig>(
  name: K,
  config: FullConfig,
  origins: Origins,
): MachineConfig[K] {
  return SECTIONS[name].lower(config[name], origins)
}
