/** Every code of init's errors is asserted by a test that provokes it. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import event from '../../schema/event/v1.json' with { type: 'json' }

const filesIn = (folder: string, named: RegExp): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(file => join(folder, file))
    .filter(file => named.test(file))

/** Levels that run keel-init; elsewhere a code may be an example. */
const LEVELS = ['contract', 'network', 'vm', 'libvirt', 'vagrant', 'cluster', 'long']
const booted = LEVELS.flatMap(level => filesIn(join('test', level), /\.test\.ts$/))
  .map(file => readFileSync(file, 'utf8'))
  .join('\n')

/** A test of the crate: a file of its own, or what stands below `cfg(test)`. */
const ofTheCrate = filesIn('init-stub/src', /\.rs$/)
  .map(file => {
    const text = readFileSync(file, 'utf8')
    return /(^|\/)tests(\.rs$|\/)/.test(file) ? text : text.split('#[cfg(test)]').slice(1).join('')
  })
  .join('\n')
  // One that the test itself makes, or counts, is not provoked.
  .replaceAll(/Error::new\(Code::\w+|Code::\w+ as usize/g, '')

const variant = (code: string): string => code.replace(/(^|-)(.)/g, (_, __, letter) => letter.toUpperCase())

test('each code of the event schema is provoked by a boot, a plan or a test of the crate', () => {
  const codes = event.definitions.ErrorCode.oneOf.map(one => one.const)
  expect(codes.length).toBeGreaterThan(50)
  const isAsserted = (code: string) =>
    new RegExp(`(?<![a-z-])${code}(?![a-z-])`).test(booted) ||
    new RegExp(`Code::${variant(code)}\\b`).test(ofTheCrate)
  expect(codes.filter(code => !isAsserted(code))).toEqual([])
})
