/** Node config in, machine config and diagnostics out. Reads nothing but its arguments and never throws on any text. */
import type { MachineConfig } from '../schema/generated/machine.ts'
import { lowestVersion } from './api-version.ts'
import type { IsWhole } from './broken.ts'
import type { Diagnostic } from './diag/diagnostic.ts'
import { emit } from './emit.ts'
import type { FullConfig } from './full-config.ts'
import { hideSecrets } from './hide-secrets.ts'
import { Locals, type ReadLocal } from './local.ts'
import { merge } from './merge.ts'
import { Origins } from './origins.ts'
import { checkClusterDns } from './passes/check-cluster-dns.ts'
import { checkDisks } from './passes/check-disks.ts'
import { checkEntries } from './passes/check-entries.ts'
import { checkFilesystems } from './passes/check-filesystems.ts'
import { checkHostname } from './passes/check-hostname.ts'
import { checkJoin } from './passes/check-join.ts'
import { checkKernel } from './passes/check-kernel.ts'
import { checkKubelet } from './passes/check-kubelet.ts'
import { checkKubeletArgs } from './passes/check-kubelet-args.ts'
import { checkKubeletValues } from './passes/check-kubelet-values.ts'
import { checkKubernetes } from './passes/check-kubernetes.ts'
import { checkLabels } from './passes/check-labels.ts'
import { checkNetwork } from './passes/check-network.ts'
import { checkOnFailure } from './passes/check-on-failure.ts'
import { checkPersist } from './passes/check-persist.ts'
import { checkPodValues } from './passes/check-pod-values.ts'
import { checkPods } from './passes/check-pods.ts'
import { checkShutdown } from './passes/check-shutdown.ts'
import { checkTime } from './passes/check-time.ts'
import { checkWorker } from './passes/check-worker.ts'
import { defaultHostname } from './passes/default-hostname.ts'
import { defaultKernel } from './passes/default-kernel.ts'
import { defaultKubernetes } from './passes/default-kubernetes.ts'
import { defaultNetwork } from './passes/default-network.ts'
import { defaultOnFailure } from './passes/default-on-failure.ts'
import { defaultStorage } from './passes/default-storage.ts'
import { defaultTime } from './passes/default-time.ts'
import { defaultWorker } from './passes/default-worker.ts'
import { lowerHostname } from './passes/lower-hostname.ts'
import { lowerKernel } from './passes/lower-kernel.ts'
import { lowerKubernetes } from './passes/lower-kubernetes.ts'
import { lowerNetwork } from './passes/lower-network.ts'
import { lowerOnFailure } from './passes/lower-on-failure.ts'
import { lowerStorage } from './passes/lower-storage.ts'
import { lowerTime } from './passes/lower-time.ts'
import type { Path } from './path.ts'
import { Places } from './places.ts'
import { readSource } from './read-source.ts'
import { Report } from './report.ts'
import { type Source, type SourceText, spanOfRange } from './source.ts'
import { ALL_READABLE, takeUnreadable } from './unreadable.ts'
import { type Validated, validate } from './validate.ts'
import type { ValueMap } from './value.ts'
import { verify } from './verify.ts'

export type { MachineConfig } from '../schema/generated/machine.ts'
export type { Diagnostic } from './diag/diagnostic.ts'
export type { ReadLocal } from './local.ts'
export { secretsIn } from './machine-secrets.ts'
export { pathOf, pathText, pointerOf } from './path.ts'
export { readMachineConfig } from './read-machine.ts'
export type { Source } from './source.ts'
export { nearest } from './suggest.ts'

export interface Options {
  /** Reads the files that a config names by `local`. Left out: such a config has an error. */
  readonly readLocal?: ReadLocal
}

export interface Result {
  /** Only without any error. */
  readonly machine?: MachineConfig
  /** The machine config's bytes. */
  readonly text?: string
  readonly diagnostics: readonly Diagnostic[]
  /** The sources as text, for code frames. */
  readonly sources: readonly SourceText[]
  /** Place in the machine config → place in the sources. */
  readonly originOf: (
    path: Path,
  ) => { readonly path: Path; readonly file: string; readonly line: number } | undefined
  /** Objects of the machine config without an origin; always empty. */
  readonly missingOrigins: () => readonly string[]
}

/** All rules, in the order of the node config's sections. Each reports by itself; all run. */
const CHECKS: readonly ((config: FullConfig, report: Report, isWhole: IsWhole) => void)[] = [
  checkHostname,
  checkKernel,
  checkNetwork,
  checkTime,
  checkDisks,
  checkFilesystems,
  checkPersist,
  checkEntries,
  checkKubernetes,
  checkKubelet,
  checkKubeletValues,
  checkKubeletArgs,
  checkClusterDns,
  checkJoin,
  checkLabels,
  checkWorker,
  checkShutdown,
  checkPods,
  checkPodValues,
  checkOnFailure,
]

/** How a full config becomes a machine config; each part of the machine config notes where it comes from. */
export type Lower = (config: FullConfig, origins: Origins) => MachineConfig

/** `lowerBy` is for tests alone: another one shows what happens when a pass has a bug. */
export function transpile(sources: readonly Source[], options: Options = {}, lowerBy: Lower = lower): Result {
  const report = new Report()
  const places = new Places()
  const read = sources.map(source => readSource(source, places, report))
  const texts = read.map(({ text }) => text)
  const secrets = hideSecrets(read, places)
  const fragments = read.flatMap(({ root }) => (root === undefined ? [] : [root]))
  const areEmpty = read.every(({ isEmpty }) => isEmpty)
  const [first] = texts
  if (areEmpty && first !== undefined) report.at('source-empty', spanOfRange(first, [0, 0]), {})
  if (fragments.length < read.length || areEmpty)
    return failed(report.diagnostics({}, places, texts, secrets), texts)

  const { root, removed, withoutValue } = merge(fragments, places)
  const unreadable = report.hasErrors ? takeUnreadable(root) : ALL_READABLE
  const validated = validate(root, report, unreadable, withoutValue)
  report.passOver(validated.broken)
  const locals = new Locals(options.readLocal, root, places, report)
  const config = fillDefaults(validated, removed, locals, report)
  for (const check of CHECKS) check(config, report, at => validated.broken.isWhole(at))
  if (report.hasErrors) return failed(report.diagnostics(root, places, texts, secrets), texts)

  const origins = new Origins()
  const machine = lowerBy(config, origins)
  verify(machine, origins, report)
  if (report.hasErrors) return failed(report.diagnostics(root, places, texts, secrets), texts)
  return {
    machine,
    text: emit(machine),
    diagnostics: report.diagnostics(root, places, texts, secrets),
    sources: texts,
    originOf: path => originIn(origins.originOf(machine, path), root, places, texts),
    missingOrigins: () => origins.missing(machine),
  }
}

/** After this nothing is optional. */
function fillDefaults(
  { config }: Validated,
  removed: ReadonlySet<string>,
  locals: Locals,
  report: Report,
): FullConfig {
  return {
    hostname: defaultHostname(config),
    kernel: defaultKernel(config),
    network: defaultNetwork(config),
    time: defaultTime(config),
    storage: defaultStorage(config, locals, report),
    kubernetes: defaultKubernetes(config, removed, locals, report),
    worker: defaultWorker(config, locals, report),
    onFailure: defaultOnFailure(config),
  }
}

/** The passes of every section. */
export function lower(config: FullConfig, origins: Origins): MachineConfig {
  const parts = {
    kind: 'MachineConfig',
    hostname: lowerHostname(config.hostname, origins),
    kernel: lowerKernel(config.kernel, origins),
    network: lowerNetwork(config.network, origins),
    time: lowerTime(config.time, origins),
    storage: lowerStorage(config.storage, origins),
    kubernetes: lowerKubernetes(config.kubernetes, config.worker, origins),
    onFailure: lowerOnFailure(config.onFailure, origins),
  } as const
  const apiVersion = lowestVersion(parts) as MachineConfig['apiVersion']
  return origins.from([], { apiVersion, ...parts })
}

function failed(diagnostics: readonly Diagnostic[], sources: readonly SourceText[]): Result {
  return { diagnostics, sources, originOf: () => undefined, missingOrigins: () => [] }
}

function originIn(
  path: Path,
  root: ValueMap,
  places: Places,
  sources: readonly SourceText[],
): ReturnType<Result['originOf']> {
  const written = writtenPart(path, root)
  const span = places.spanOf(root, written, 'key')
  const source = sources.find(({ name }) => name === span?.file)
  return span && source && { path: written, file: span.file, line: source.positionOf(span.start).line }
}

/** The path as far as the node config has it: a default has no line of its own. */
function writtenPart(path: Path, root: ValueMap): Path {
  let value: unknown = root
  const end = path.findIndex(step => {
    value = typeof value === 'object' && value !== null ? (value as ValueMap)[step] : undefined
    return value === undefined
  })
  return end === -1 ? path : path.slice(0, end)
}
