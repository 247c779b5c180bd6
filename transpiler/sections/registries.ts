/** kubernetes.registries with nothing left out. The files of containerd that they stand for are among those of the node. */
import type { Kubernetes, Mirror, Registry } from '../../schema/generated/node.ts'
import type { Path } from '../path.ts'
import { itemsOf } from '../recover/items.ts'
import type { Recovered } from '../recover/recovered.ts'
import { filled, type Placed, placed } from './filled.ts'

/** What a registry itself and a mirror of it have. */
export interface FullServer extends Pick<Placed<Mirror>, 'at' | 'url' | 'ca' | 'credentials'> {
  /** Whether it has a CA of its own, even if that breaks the schema. */
  readonly hasCa: boolean
}

/** What a server may be asked for. A node pulls only; containerd's own default would grant more. */
export const CAPABILITIES = ['pull', 'resolve'] as const

export interface FullMirror extends FullServer {
  readonly capabilities: readonly ((typeof CAPABILITIES)[number] | undefined)[]
}

export interface FullRegistry extends FullServer, Pick<Placed<Registry>, 'name' | 'upstream'> {
  readonly mirrors: readonly FullMirror[]
}

export function defaultRegistries({ registries }: Recovered<Kubernetes>): FullRegistry[] {
  return itemsOf(registries, ['kubernetes', 'registries']).map(({ item, at }) => ({
    ...filled<Registry>('Registry', item, at),
    hasCa: 'ca' in item,
    mirrors: itemsOf(item.mirrors, [...at, 'mirrors']).map(({ item, at }) => defaultMirror(item, at)),
  }))
}

function defaultMirror(mirror: Recovered<Mirror>, at: Path): FullMirror {
  const { capabilities = CAPABILITIES } = mirror
  return { ...placed<Mirror>(mirror, at), capabilities, hasCa: 'ca' in mirror }
}
