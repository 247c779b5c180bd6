/** What breaks the node schema. */
import { code, either, error, list, meant, warning } from '../diag/define.ts'

const LIMIT_WORDS: Readonly<Record<string, (limit: number) => string>> = {
  minimum: limit => `must be at least ${limit}`,
  maximum: limit => `must be at most ${limit}`,
  minLength: limit => (limit === 1 ? 'must not be empty' : `must have at least ${limit} characters`),
  maxLength: limit => `must have at most ${limit} characters`,
  minItems: limit => `must have at least ${limit} ${limit === 1 ? 'item' : 'items'}`,
  maxItems: limit => `must have at most ${limit} items`,
  minProperties: limit => `must have at least ${limit} ${limit === 1 ? 'key' : 'keys'}`,
  maxProperties: limit => `must have at most ${limit} keys`,
}

export const SCHEMA_CODES = {
  'schema-form': error<{ words: string }>(a => a.words),
  'schema-key-without-value': warning<{ key: string; isText: boolean }>(
    a => `\`${a.key}\` has no value, so it is ignored`,
    a => `${a.isText ? 'write "" for an empty string' : 'give it a value'}, or remove the key`,
    'A key without a value is null, and null removes what an earlier file has under that key. Where there is nothing to remove it has no effect.',
  ),
  'schema-kind-without-value': error<{ key: string; example: string }>(
    a => `${code(a.key)} says what this entry is, and has no value`,
    a => `write ${a.example === `${a.key}: {}` ? '' : 'for example '}${code(a.example)}, or remove the key`,
    'A key without a value is null, which means that the key is not there. Without this key the entry would be something else: an interface of the machine in place of one that is made.',
  ),
  'schema-limit': error<{ keyword: string; limit: number }>(
    a => `this ${LIMIT_WORDS[a.keyword]?.(a.limit) ?? 'is out of range'}`,
  ),
  'schema-missing-key': error<{ key: string; as: 'empty' | 'removed' | undefined }>(
    a => {
      if (a.as === 'removed') return `null removes the key ${code(a.key)}, which a config needs`
      return `the key ${code(a.key)} ${a.as === 'empty' ? 'has no value' : 'is missing'}`
    },
    a => {
      if (a.as === 'removed') return 'leave it out here, or give it another value'
      if (a.as === 'empty') return 'give it a value'
      return a.key === 'apiVersion' ? 'start with apiVersion: keel/v1' : undefined
    },
  ),
  'schema-type': error<{
    wanted: readonly string[]
    found: string
    words: string | undefined
    /** Whether the number or truth value is possible as a text. */
    isForQuotes: boolean
    keys: readonly string[]
    /** Whether it is text that starts with a dash. */
    isDashed: boolean
    /** What is wrong with the way a number is written, if that is what it is. */
    fault: string | undefined
    /** The number or truth value that a text was meant as, if it is possible here. */
    better: string | undefined
    /** How it is written here what was written in the form of another tool. */
    form: string | undefined
  }>(
    a => `expected ${either(a.wanted)}, found ${a.found}`,
    a => {
      if (a.form !== undefined) return a.form
      if (a.better !== undefined)
        return `${a.fault === undefined ? '' : `${a.fault}; `}write ${code(a.better)}`
      if (a.isForQuotes) return 'put it in quotes'
      if (a.words !== undefined) return a.words
      if (a.wanted.includes('a map') && a.keys.length > 0)
        return `a map has a line for each key; its keys are ${list(a.keys)}`
      if (a.wanted.includes('a map') && a.found === 'a list') return 'write key: value, without a dash'
      if (a.wanted.includes('a list') && a.isDashed) return 'write a space after each dash'
      if (a.wanted.includes('a list')) return 'a list has a line with a dash for each item'
      return a.wanted.includes('a string') && a.found === 'a number with a fraction'
        ? 'put it in quotes'
        : undefined
    },
  ),
  'schema-unknown-key': error<{
    key: string
    nearest: string | undefined
    why: string | undefined
    known: readonly string[]
  }>(
    a => `there is no key ${code(a.key)} here`,
    a =>
      meant(a.nearest) ?? a.why ?? (a.known.length === 0 ? undefined : `the keys here are ${list(a.known)}`),
  ),
  'schema-value': error<{
    value: string
    allowed: readonly string[]
    nearest: string | undefined
    form: string | undefined
  }>(
    a => `${a.value === '' ? 'an empty string' : code(a.value)} is not allowed here`,
    a => a.form ?? meant(a.nearest) ?? `allowed: ${list(a.allowed)}`,
  ),
} as const
