/** Where the values of a static pod are written. */
import { type Path, pathText } from '../../path.ts'
import type { FullStaticPod } from './types.ts'

/** Place of a pod's value: inside the node config, or the name of the pod's file. */
export function within({ at, inside }: FullStaticPod, ...path: Path): Path {
  return inside === undefined ? at : [...inside, ...path]
}

/** For people: the path inside the pod; of a pod in a local file with the file and its line. */
export function whereIn({ file }: FullStaticPod, at: Path): string {
  const path = `\`${pathText(at).replace(/^\$\.?/, '')}\``
  return file === undefined ? path : `${file.name}:${file.lineOf(at)}: ${path}`
}
