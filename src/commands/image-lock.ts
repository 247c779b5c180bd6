import {
  cacheFolder,
  checkPins,
  isBehind,
  nodeEnvironment,
  type PinStatus,
  repinLocks,
} from '../../images/index.ts'
import { Command } from '../cli/command-line.ts'
import type { Env } from '../cli/env.ts'
import { describeBuildError } from '../image/build-error.ts'
import { findCheckout } from '../image/checkout.ts'

/** 0: the lock pins what the mirror has. 1: the lines that are pinned have newer patches. 3: no checkout, or somebody who was asked does not answer. */
export async function imageLock(flags: { check?: true }, env: Env): Promise<0 | 1 | 3> {
  const checkout = findCheckout(env)
  if (!checkout) {
    env.stderr(
      'keelctl: the component lock is part of the sources of Keel; run this in a checkout of its repository\n',
    )
    return 3
  }
  try {
    const environment = nodeEnvironment(env.vars, env.stderr, env.isTerminal.stderr)
    const places = { checkout, cache: cacheFolder(env.vars) }
    if (flags.check) {
      const pins = await checkPins(places, environment)
      env.stdout(pinTable(pins))
      return codeOf(pins)
    }
    const changed = await repinLocks(places, environment)
    env.stdout(
      changed.map(({ name, pinned, used }) => `${name} ${pinned} -> ${used}\n`).join('') ||
        'the locks are up to date\n',
    )
    return 0
  } catch (error) {
    env.stderr(`keelctl: ${describeBuildError(error)}\n`)
    return 3
  }
}

/** What nobody could compare may have a newer patch. */
export function codeOf(pins: readonly PinStatus[]): 0 | 1 | 3 {
  if (pins.some(isBehind)) return 1
  return pins.some(({ unknown }) => unknown !== undefined) ? 3 : 0
}

/** A row for each pin, and in the end what follows from them. */
export function pinTable(pins: readonly PinStatus[]): string {
  const rows = [
    ['component', 'pinned', 'its line', 'newest', ''],
    ...pins.map(pin => [pin.name, pin.pinned, pin.newestOfLine ?? '?', pin.newest ?? '-', remarkOn(pin)]),
  ]
  const width = (column: number) => Math.max(...rows.map(row => row[column]?.length ?? 0))
  const lines = rows.map(row =>
    row
      .map((cell, i) => cell.padEnd(width(i) + 2))
      .join('')
      .trimEnd(),
  )
  const unknown = pins.filter(pin => pin.unknown !== undefined)
  const reasons = [...new Set(unknown.map(pin => pin.unknown))]
  const behind = pins.filter(isBehind).length
  return [
    ...lines,
    '',
    ...(unknown.length === 0 ? [] : [`${unknown.length} of ${pins.length} could not be compared:`]),
    ...reasons.map(reason => `  ${reason}`),
    behind === 0 ? 'no line that is pinned is known to have a newer patch' : `newer patches: ${behind}`,
    '',
  ].join('\n')
}

function remarkOn(pin: PinStatus): string {
  if (pin.unknown !== undefined) return 'not known'
  if (isBehind(pin)) return 'a newer patch'
  return pin.newest === undefined || pin.newest === pin.pinned ? '' : (pin.stays ?? 'a newer line')
}

export const command = (env: Env): Command =>
  new Command()
    .option('--check', 'say what is newer than each pin, and change nothing')
    .addHelpText(
      'before',
      'Examples:\n  keelctl image lock && git diff images\n  keelctl image lock --check\n',
    )
    .action(async (flags: { check?: true }) => {
      process.exitCode = await imageLock(flags, env)
    })
