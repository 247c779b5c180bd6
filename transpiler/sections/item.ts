/** What full configs of several sections have. */
import type { Path } from '../path.ts'

/** Each item knows the place of the node config that it comes from; an implied one, the place that implies it. */
export interface Item {
  readonly at: Path
}

/** Bytes that are UTF-8 text are always text, however they were written. */
export type FullContents = { readonly text: string } | { readonly base64: string }
