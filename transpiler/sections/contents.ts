/** The bytes that a config gives in one of several ways. */
import type { Path } from '../path.ts'
import { base64Of, bytesOfBase64 } from '../rules/base64.ts'
import { decodeUtf8 } from '../yaml/source.ts'
import type { FullContents } from './item.ts'
import type { Reading } from './section.ts'

/** Exactly one is to be given. */
interface WrittenContents {
  readonly inline?: string | undefined
  readonly local?: string | undefined
  readonly base64?: string | undefined
}

/** The code for none of the ways, or several at once. */
type ChoiceCode =
  | 'storage-contents-choice'
  | 'kubernetes-client-ca-choice'
  | 'kubernetes-discovery-file-choice'
  | 'kubernetes-registry-ca-choice'

const WAYS: readonly string[] = ['inline', 'local', 'base64']

/** The bytes; nothing after a problem was reported. `choice` is the code for none or several ways at once. */
export function contentsOf(
  written: WrittenContents,
  at: Path,
  choice: ChoiceCode,
  { locals, report }: Reading,
): FullContents | undefined {
  const keys = Object.keys(written)
  const given = keys.filter(key => WAYS.includes(key))
  // An unknown key is reported; it may be the one that is meant.
  if (given.length === 0 && keys.length > 0) return undefined
  if (given.length !== 1) return void report.add(choice, at, { given }, { aim: 'key' })
  if (written.inline !== undefined) return { text: written.inline }
  if (written.local !== undefined) return asText(locals.read(written.local, [...at, 'local']))
  if (written.base64 === undefined) return undefined
  const bytes = bytesOfBase64(written.base64)
  if (bytes === undefined) return void report.add('storage-base64-invalid', [...at, 'base64'], {})
  return asText(bytes)
}

/** Text where the bytes are UTF-8, so that one content has one form. */
function asText(bytes: Uint8Array | undefined): FullContents | undefined {
  if (bytes === undefined) return undefined
  const text = decodeUtf8(bytes)
  return typeof text === 'string' ? { text } : { base64: base64Of(bytes) }
}
