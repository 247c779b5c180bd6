/** Programs that no image has, built like those that one has: pinned, static, and kept until their sources change. */
import { apply, type BuildFolders, locate, type Outputs, prune } from './apply.ts'
import { withBuildLock } from './build-lock.ts'
import type { Environment } from './environment.ts'
import { isPackage, type Lock, type Package, parseLock, withKubernetes } from './lock.ts'
import { openMirror, resolve } from './mirror.ts'
import { CLUSTER_PROGRAMS, LONG_PROGRAMS } from './recipes/control-plane.ts'
import { TERRAFORM_PROGRAMS } from './recipes/terraform.ts'
import type { Step } from './step.ts'
import { goStep } from './steps/go.ts'
import { fetchStep, unpackStep } from './steps/packages.ts'

/** A component as it was built: the folder of its programs, or of its package's files, and the version that the lock pins. */
export interface BuiltComponent {
  readonly dir: string
  readonly version: string
}

const PROGRAMS = { ...CLUSTER_PROGRAMS, ...LONG_PROGRAMS, ...TERRAFORM_PROGRAMS }

type Built = Promise<Readonly<Record<string, BuiltComponent>>>

/**
 * What a cluster runs in addition to its machines, its control plane of the wanted minor of Kubernetes or of the usual one. By component;
 * quick, and without waiting for other builds, if nothing changed.
 */
export const buildClusterPrograms = (
  places: BuildFolders,
  environment: Environment,
  kubernetes?: string,
): Built => buildPrograms('images/cluster.lock.json', places, environment, { kubernetes })

/** Some of the components that only long runs need, which are large: `e2e` takes half an hour from an empty cache. */
export const buildLongPrograms = (
  wanted: readonly string[],
  places: BuildFolders,
  environment: Environment,
): Built =>
  buildPrograms('images/long.lock.json', places, environment, { isWanted: name => wanted.includes(name) })

/** OpenTofu, and the stand-in for the provider that its tests need. */
export const buildTerraformPrograms = (places: BuildFolders, environment: Environment): Built =>
  buildPrograms('images/terraform.lock.json', places, environment)

/** Which programs of a lock: of this minor of Kubernetes or the usual one, and only these components. */
interface WantedPrograms {
  readonly kubernetes?: string | undefined
  readonly isWanted?: (component: string) => boolean
}

async function buildPrograms(
  lockFile: string,
  places: BuildFolders,
  environment: Environment,
  { kubernetes, isWanted = () => true }: WantedPrograms = {},
): Built {
  const whole = parseLock(Buffer.from(environment.fs.read(`${places.checkout}/${lockFile}`)).toString())
  const { components } = withKubernetes(whole, kubernetes)
  const pinned: Lock = { components: components.filter(({ name }) => isWanted(name)) }
  const outputs: Outputs = new Map()
  const isThere = async (step: Step): Promise<boolean> => {
    const made = await locate(step, outputs, places, environment)
    outputs.set(step.id, made)
    return environment.fs.exists(made.dir)
  }
  const areThere: boolean[] = []
  for (const step of planPrograms(pinned)) areThere.push(await isThere(step))
  let lock = pinned
  if (areThere.includes(false)) {
    environment.fs.mkdir(places.cache)
    const onWait = (): void =>
      environment.progress.warn('another build works in the same cache; waiting for it to end')
    await withBuildLock(places.cache, onWait, async () => {
      const mirror = openMirror(pinned, `${places.cache}/apt`, environment)
      const isCached = (component: Package): Promise<boolean> => isThere(fetchStep(component))
      lock = (await resolve(pinned, false, isCached, mirror, environment)).lock
      await apply(planPrograms(lock), outputs, places, environment, mirror)
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

/** Pure: a step per component, and one before all for each package that is fetched. */
export const planPrograms = (lock: Lock): Step[] => [
  ...lock.components.filter(isPackage).map(fetchStep),
  ...lock.components.map(component => {
    const { name, version, origin } = component
    return origin.kind === 'go'
      ? goStep({ ...component, origin }, PROGRAMS[name]?.(version) ?? [])
      : unpackStep(component)
  }),
]
