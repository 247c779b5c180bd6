/** Names, comments, messages and docs use the terms of the field (test/tidy/plain-words.ts). */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { findingsIn, PLAIN_WORDS, readFiles } from './plain-words.ts'

test('no file uses a word that has a plain term', () => {
  const files = readFiles(execFileSync('git', ['ls-files', '-z'], { encoding: 'utf8' }).split('\0'))
  expect(files.length).toBeGreaterThan(500)
  const findings = files.flatMap(file =>
    findingsIn(file, readFileSync(file, 'utf8')).map(
      ({ line, word, instead }) => `${file}:${line}: "${word}" is not a plain word; write: ${instead}`,
    ),
  )
  expect(findings).toEqual([])
})

test('each row has its words once and an alternative', () => {
  expect(new Set(PLAIN_WORDS.map(row => row.words)).size).toBe(PLAIN_WORDS.length)
  expect(PLAIN_WORDS.filter(row => row.instead === '' || row.where.length === 0)).toEqual([])
})

describe('words are found', () => {
  const found = (file: string, text: string) =>
    findingsIn(file, text).map(({ line, word }) => `${line} ${word}`)

  test('in the parts of a name, in each spelling, and in the path of a file', () => {
    expect(found('a.ts', 'const rubbishIn = 1\nfunction isRubbish() {}')).toEqual(['1 rubbish', '2 rubbish'])
    expect(found('a.rs', 'const THE_RUBBISH: u8 = 1;\nfn rubbish_of() {}')).toEqual([
      '1 rubbish',
      '2 rubbish',
    ])
    expect(found('rubbish-bin.ts', '')).toEqual(['1 rubbish'])
    expect(found('a.ts', 'const rubbishy = 1')).toEqual([])
  })

  test('in comments, also over a line end, and in strings', () => {
    expect(found('a.ts', "\n/** Written\n * anew. */\nconst a = 'is told'")).toEqual(['3 anew', '4 is told'])
    expect(found('a.rs', '// It is in\n// the making.\nlet a = "cut short";')).toEqual([
      '1 in // the making',
      '3 cut short',
    ])
    expect(found('a.yaml', 'a: "# anew"\nb: 1 # anew')).toEqual(['2 anew'])
    expect(found('a.md', 'It is made\nanew.\n\n```\nanew\n```\nand `anew`')).toEqual(['2 anew'])
    expect(found('a.json', '{"description": "made anew",\n"anew": "anew"}')).toEqual(['1 anew', '2 anew'])
  })

  test('where they are unusual: a name that is a sentence is prose', () => {
    expect(found('a.rs', 'fn a_mount_that_was_refused_says_why() {}\nlet says = 1;')).toEqual(['2 says'])
    expect(found('a.ts', '// It says: yes.\n')).toEqual([])
  })
})
