/** Which places of a node config break the schema. */
import { type Path, pointerOf } from '../path.ts'

/** See `BrokenPlaces.isWhole`. */
export type IsWhole = (at: Path) => boolean

export class BrokenPlaces {
  readonly #paths: Path[] = []
  readonly #broken = new Set<string>()
  readonly #around = new Set<string>()

  add(path: Path): void {
    this.#paths.push(path)
    this.#broken.add(pointerOf(path))
    for (const outer of outersOf(path)) this.#around.add(pointerOf(outer))
  }

  get areNone(): boolean {
    return this.#paths.length === 0
  }

  /** Whether the place, everything in it and everything that it is in fulfils the schema. A step `*` is any item of a list. */
  isWhole(at: Path): boolean {
    if (at.includes('*')) return !this.#paths.some(path => meet(path, at))
    return (
      ![...outersOf(at), at].some(path => this.#broken.has(pointerOf(path))) &&
      !this.#around.has(pointerOf(at))
    )
  }
}

function outersOf(path: Path): Path[] {
  return path.map((_, end) => path.slice(0, end))
}

/** Whether one of the two leads to the other or through it. */
function meet(path: Path, pattern: Path): boolean {
  return pattern.every((step, i) => step === '*' || i >= path.length || path[i] === step)
}
