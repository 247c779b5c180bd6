/** Values with units, as people write them, in the integers of the machine config. */

const SIZES: Readonly<Record<string, number>> = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 }
const DURATIONS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** One mebibyte in bytes: partitions are laid out in these. */
export const MIB = 2 ** 20

/** Bytes of a size such as `10GiB`; may lie beyond what the machine config can say. */
export function bytesOf(size: string): number {
  return numberWithUnit(size, SIZES)
}

/** Milliseconds of a duration such as `30s`. */
export function millisecondsOf(duration: string): number {
  return numberWithUnit(duration, DURATIONS)
}

/** A duration as Go writes it, which Kubernetes reads. */
export function goDuration(duration: string): string {
  const milliseconds = millisecondsOf(duration)
  return milliseconds % 1000 === 0 ? `${milliseconds / 1000}s` : `${milliseconds}ms`
}

function numberWithUnit(text: string, units: Readonly<Record<string, number>>): number {
  const [, digits = '', unit = ''] = /^(\d+)([A-Za-z]+)$/.exec(text) ?? []
  return Number(digits) * (units[unit] ?? Number.NaN)
}

/** Permission bits of a mode such as `0644`; nothing when it has another form. */
export function modeOf(mode: string | number | undefined): number | undefined {
  return typeof mode === 'string' && /^0o?[0-7]{1,4}$/.test(mode)
    ? Number.parseInt(mode.replace('o', ''), 8)
    : undefined
}
