/** Pure: from a recipe and a lock to the steps that make an image. Nothing here reads or writes. */
import { type Component, componentOf, isPackage, type Lock, type OriginOf } from './lock.ts'
import type { Recipe } from './recipe.ts'
import type { Step } from './step.ts'
import { cargoStep } from './steps/cargo.ts'
import { goStep } from './steps/go.ts'
import { fetchStep, kernelStep, sourceIdOf, unpackStep } from './steps/packages.ts'
import { sourceStep } from './steps/source.ts'
import { workloadStep } from './steps/workload.ts'

/**
 * The lock without what this image is not made of: kernels of other recipes, the loader of what boots by itself, and programs that
 * the recipe has not.
 */
export function neededOf(recipe: Recipe, lock: Lock, boots: boolean): Lock {
  const packages = [recipe.kernel, recipe.authorities, ...(boots ? [recipe.loader] : [])]
  return {
    components: lock.components.filter(
      ({ name, origin }) =>
        (origin.kind !== 'deb' || packages.includes(name)) &&
        (origin.kind !== 'go' || name in recipe.programs) &&
        (origin.kind !== 'deb-src' || recipe.files.some(({ from }) => 'step' in from && from.step === name)),
    ),
  }
}

/** One step per component and workload, in an order that may be run from top to bottom. `cargoHome` is left out of the binaries. */
export function plan(recipe: Recipe, lock: Lock, cargoHome: string): Step[] {
  const packages = lock.components.filter(isPackage).map(fetchStep)
  const parts = lock.components.map(component => stepOf(recipe, component, cargoHome))
  return [...packages, ...parts, ...recipe.images.map(image => workloadStep(image.workload))]
}

function stepOf(recipe: Recipe, component: Component, cargoHome: string): Step {
  const { name, origin } = component
  switch (origin.kind) {
    case 'go':
      return goStep({ ...component, origin }, recipe.programs[name]?.(component.version) ?? [])
    case 'deb':
      return name === recipe.kernel
        ? kernelStep({ ...component, origin })
        : unpackStep({ ...component, origin })
    case 'deb-src':
      return sourceStep({ ...component, origin }, sourceIdOf(component))
    case 'tree':
      return cargoStep(name, origin.path, cargoHome)
  }
}

/** The kernel's component, known to be a package. */
export function kernelOf(recipe: Recipe, lock: Lock): Component & { origin: OriginOf<'deb'> } {
  const component = componentOf(lock, recipe.kernel)
  if (component.origin.kind !== 'deb') throw new Error(`${recipe.kernel} is not a binary package`)
  return { ...component, origin: component.origin }
}
