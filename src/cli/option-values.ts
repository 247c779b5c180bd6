/** Values of options that more than one command has. */
import { InvalidArgumentError } from './command-line.ts'

const UNITS: Readonly<Record<string, number>> = {
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
}

export function bytesOf(text: string): number {
  const [, value, unit = ''] = /^([1-9]\d*)(KiB|MiB|GiB|TiB)$/.exec(text) ?? []
  const factor = UNITS[unit]
  if (value === undefined || factor === undefined)
    throw new InvalidArgumentError('it must be a number with KiB, MiB, GiB or TiB, like 4GiB')
  return Number(value) * factor
}

export function mebibytesOf(text: string): number {
  const mebibytes = bytesOf(text) / 2 ** 20
  if (!Number.isInteger(mebibytes))
    throw new InvalidArgumentError('it must be an integer number of mebibytes, like 2GiB')
  return mebibytes
}
