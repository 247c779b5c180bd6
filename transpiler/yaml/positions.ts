/** Where each value of the merged node config was written. Looked up late: only problems and the map ask. */
import type { Path } from '../path.ts'
import { type Written, writtenBelow, writtenRange } from './parse.ts'
import type { SourceText, Span } from './source.ts'

/** Which part of a place is meant: what was written there, or its key. */
export type Aim = 'value' | 'key'

/** One container as written in one source. `skip`: how many items of a joined list come from earlier ones. */
interface Place {
  readonly source: SourceText
  readonly node: Written
  readonly skip: number
}

/** Keeps, for each object and list of a config, the YAML nodes it was made of. Scalars are found through their parent. */
export class Positions {
  /** As read: by source, because ten thousand small objects for the same two facts would cost more than reading. */
  readonly #read = new Map<SourceText, Map<object, Written>>()
  readonly #joined = new Map<object, readonly Place[]>()

  /** Where the containers of a source are noted. */
  notesOf(source: SourceText): Map<object, Written> {
    const notes = this.#read.get(source) ?? new Map<object, Written>()
    this.#read.set(source, notes)
    return notes
  }

  /** A map or list joined of two; `skip` is the length of the first, for lists. */
  join(joined: object, first: object, second: object, skip: number): void {
    const later = this.#of(second).map(place => ({ ...place, skip: place.skip + skip }))
    this.#joined.set(joined, [...this.#of(first), ...later])
  }

  #of(value: object): readonly Place[] {
    const joined = this.#joined.get(value)
    if (joined !== undefined) return joined
    for (const [source, notes] of this.#read) {
      const node = notes.get(value)
      if (node !== undefined) return [{ source, node, skip: 0 }]
    }
    return []
  }

  /** The nearest place that exists: a missing key is shown at its parent's key. */
  spanOf(root: unknown, path: Path, aim: Aim): Span | undefined {
    let best = this.#whole(root)
    let parent = root
    for (const [depth, step] of path.entries()) {
      const found = this.#step(parent, step)
      if (found === undefined) break
      const isLast = depth === path.length - 1
      best = isLast && aim === 'value' ? found.value : (found.key ?? found.value)
      parent = childOf(parent, step)
    }
    return best
  }

  #whole(root: unknown): Span | undefined {
    const place = typeof root === 'object' && root !== null ? this.#of(root)[0] : undefined
    return (
      place && {
        file: place.source.name,
        start: writtenRange(place.node)[0],
        end: writtenRange(place.node)[0],
      }
    )
  }

  #step(parent: unknown, step: string | number): { key: Span | undefined; value: Span } | undefined {
    if (typeof parent !== 'object' || parent === null) return undefined
    for (const { source, node, skip } of this.#of(parent).toReversed()) {
      const found = writtenBelow(node, typeof step === 'number' ? step - skip : step)
      if (found === undefined) continue
      const spanOf = ([start, end]: readonly [number, number]) => ({ file: source.name, start, end })
      return { key: found.key && spanOf(found.key), value: spanOf(found.value) }
    }
    return undefined
  }
}

function childOf(parent: unknown, step: string | number): unknown {
  return typeof parent === 'object' && parent !== null && Object.hasOwn(parent, step)
    ? (parent as Record<string | number, unknown>)[step]
    : undefined
}
