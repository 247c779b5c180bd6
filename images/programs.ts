/** Programs that no image has, built like those that one has: pinned, static, and kept until their sources change. */
import { apply, type BuildFolders, locate, type Outputs, prune } from './apply.ts'
import { withBuildLock } from './build-lock.ts'
import type { Environment } from './environment.ts'
import { type Lock, type OriginOf, parseLock, withKubernetes } from './lock.ts'
import type { Mirror } from './mirror.ts'
import { CLUSTER_PROGRAMS } from './recipes/control-plane.ts'
import { TERRAFORM_PROGRAMS } from './recipes/terraform.ts'
import type { Step } from './step.ts'
import { goStep } from './steps/go.ts'

/** A component as it was built: the folder of its programs, and the version that the lock pins. */
export interface BuiltComponent {
  readonly dir: string
  readonly version: string
}

const PROGRAMS = { ...CLUSTER_PROGRAMS, ...TERRAFORM_PROGRAMS }

type Built = Promise<Readonly<Record<string, BuiltComponent>>>

/**
 * What a cluster runs in addition to its machines, its control plane of the wanted minor of Kubernetes or of the usual one. By component;
 * quick, and without waiting for other builds, if nothing changed.
 */
export const buildClusterPrograms = (
  places: BuildFolders,
  environment: Environment,
  kubernetes?: string,
): Built => buildPrograms('images/cluster.lock.json', places, environment, kubernetes)

/** OpenTofu, and the stand-in for the provider that its tests need. */
export const buildTerraformPrograms = (places: BuildFolders, environment: Environment): Built =>
  buildPrograms('images/terraform.lock.json', places, environment)

async function buildPrograms(
  lockFile: string,
  places: BuildFolders,
  environment: Environment,
  kubernetes?: string,
): Built {
  const whole = parseLock(Buffer.from(environment.fs.read(`${places.checkout}/${lockFile}`)).toString())
  const lock = withKubernetes(whole, kubernetes)
  const steps = planPrograms(lock)
  const outputs: Outputs = new Map()
  for (const step of steps) outputs.set(step.id, await locate(step, outputs, places, environment))
  if ([...outputs.values()].some(({ dir }) => !environment.fs.exists(dir))) {
    environment.fs.mkdir(places.cache)
    const onWait = (): void =>
      environment.progress.warn('another build works in the same cache; waiting for it to end')
    await withBuildLock(places.cache, onWait, async () => {
      await apply(steps, outputs, places, environment, NO_MIRROR)
      prune(places, environment)
    })
  }
  for (const { dir } of outputs.values()) environment.fs.touch(dir)
  const built = lock.components.map(({ name, version }) => [
    name,
    { dir: outputs.get(name)?.dir ?? '', version },
  ])
  return Object.fromEntries(built)
}

/** Pure: a step per component. */
export const planPrograms = (lock: Lock): Step[] =>
  lock.components.map(component => {
    const programs = PROGRAMS[component.name]?.(component.version) ?? []
    return goStep({ ...component, origin: component.origin as OriginOf<'go'> }, programs)
  })

const NO_MIRROR: Mirror = {
  env: () => Promise.reject(new Error('these programs are Go modules, which need no package mirror')),
}
