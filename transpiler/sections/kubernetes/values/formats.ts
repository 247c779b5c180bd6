/** Texts that Kubernetes reads as something else: quantities, durations, addresses. The rules are those of its own parsers. */
import { isIpv4 } from '../../../rules/host.ts'

/** What is wrong with a text, as a phrase that follows a colon, and what was probably meant. */
export interface FormatProblem {
  readonly why: string
  readonly better?: string | undefined
}

type Format = (text: string) => FormatProblem | undefined

/** Words for what a format wants, with its article. */
export const FORMAT_NAMES: Readonly<Record<string, string>> = {
  quantity: 'a quantity such as 500m or 512Mi',
  'quantity-or-percent': 'a quantity such as 100Mi or a percentage such as 10%',
  'eviction-threshold': 'a quantity such as 100Mi or a percentage such as 10%',
  percent: 'a percentage such as 50%',
  duration: 'a duration such as 30s',
  'date-time': 'a time such as 2026-01-31T12:00:00Z',
  ip: 'an IP address',
  ips: 'an IP address',
  cidrs: 'a prefix such as 10.244.0.0/24',
  cpus: 'a list of CPUs such as 0-1,4',
  boolean: 'true or false',
}

const QUANTITY = /^[+-]?(\d+(\.\d*)?|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/
const DURATION = /^[+-]?(0|((\d+(\.\d*)?|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h))+)$/
const TIME =
  /^\d{4}-(0\d|1[0-2])-([0-2]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/
const CPUS = /^\d+(-\d+)?(,\d+(-\d+)?)*$/

/** Units that people write, and those that Go's durations have. */
const DURATION_UNITS: Readonly<Record<string, readonly [factor: number, unit: string]>> = {
  ...{ sec: [1, 's'], secs: [1, 's'], second: [1, 's'], seconds: [1, 's'] },
  ...{ min: [1, 'm'], mins: [1, 'm'], minute: [1, 'm'], minutes: [1, 'm'] },
  ...{ hr: [1, 'h'], hour: [1, 'h'], hours: [1, 'h'], d: [24, 'h'], day: [24, 'h'], days: [24, 'h'] },
  ...{ w: [168, 'h'], week: [168, 'h'], weeks: [168, 'h'] },
}

/** What is wrong with a text of a format; nothing with a format that has no rule. */
export function formatProblem(format: string | undefined, text: string): FormatProblem | undefined {
  return format !== undefined && Object.hasOwn(FORMATS, format) ? FORMATS[format]?.(text) : undefined
}

const FORMATS: Readonly<Record<string, Format>> = {
  quantity: quantityProblem,
  'quantity-or-percent': quantityOrPercentProblem,
  'eviction-threshold': text =>
    /^[+-]?[0.]+[A-Za-z]*$/.test(text)
      ? { why: 'a threshold of zero is not possible', better: '0% to turn it off' }
      : quantityOrPercentProblem(text),
  percent: percentProblem,
  duration: durationProblem,
  'date-time': text => (TIME.test(text) ? undefined : { why: 'it is not a time of RFC 3339' }),
  ip: text => (isIp(text) ? undefined : { why: 'it is not an IP address' }),
  ips: nodeAddressProblem,
  cidrs: text => (text.split(',').every(isPrefix) ? undefined : { why: 'it is not an IP prefix' }),
  cpus: text => (CPUS.test(text) ? undefined : { why: 'it is not a list of CPU numbers and ranges' }),
  boolean: text => (/^(true|false)$/i.test(text) ? undefined : { why: 'it is neither true nor false' }),
  'int-or-string': text =>
    /^\d+$/.test(text)
      ? { why: 'in quotes it is the name of a port', better: `${text}, without quotes` }
      : undefined,
}

function quantityProblem(text: string): FormatProblem | undefined {
  if (QUANTITY.test(text)) return undefined
  if (text === '') return { why: 'it is empty' }
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*([kmgtpe])(i?)b?$/i.exec(text) ?? []
  const isBinary = /i/i.test(text.slice(digits?.length))
  if (digits === undefined || unit === undefined)
    return { why: 'it is not a number with a suffix such as m, k, M, G, Ki, Mi or Gi' }
  const letter = unit.toUpperCase()
  const decimal = `${digits}${letter === 'K' ? 'k' : letter}`
  const better = isBinary ? `${digits}${letter}i` : `${decimal} or ${digits}${letter}i`
  return { why: 'there is no such suffix', better }
}

function quantityOrPercentProblem(text: string): FormatProblem | undefined {
  return text.endsWith('%') ? percentProblem(text) : quantityProblem(text)
}

function percentProblem(text: string): FormatProblem | undefined {
  const [, digits] = /^(\d+(?:\.\d+)?)%$/.exec(text) ?? []
  if (digits === undefined)
    return { why: 'it is not a percentage', ...(/^\d+$/.test(text) && { better: `${text}%` }) }
  return Number(digits) > 100 ? { why: 'it is more than 100%' } : undefined
}

function durationProblem(text: string): FormatProblem | undefined {
  if (DURATION.test(text)) return undefined
  const [, digits = '', word = ''] = /^(\d+)\s*([a-z]*)$/i.exec(text) ?? []
  if (digits === '') return { why: 'it is not a number with one of the units ms, s, m and h' }
  if (word === '') return { why: 'it has no unit', better: `${digits}s` }
  const unit = word.toLowerCase()
  const [factor, own] = DURATION_UNITS[unit] ?? [1, unit]
  const better = `${Number(digits) * factor}${own}`
  return { why: 'the units are ms, s, m and h', better: DURATION.test(better) ? better : undefined }
}

/** `--node-ip`: the kubelet ignores what it cannot read, and never gets an address with one that no node can have. */
function nodeAddressProblem(text: string): FormatProblem | undefined {
  const addresses = text.split(',').map(one => one.trim())
  const wrong = addresses.find(one => !isIp(one))
  if (wrong !== undefined)
    return { why: `${wrong === text ? 'it' : wrong === '' ? 'an empty string' : wrong} is not an IP address` }
  if (addresses.length > 2) return { why: 'there can be one address, or one of IPv4 and one of IPv6' }
  if (addresses.length === 2 && addresses[0]?.includes(':') === addresses[1]?.includes(':'))
    return { why: 'two addresses must be one of IPv4 and one of IPv6' }
  const unusable = addresses.find(one => isUnusable(one, addresses.length))
  return unusable === undefined ? undefined : { why: `${unusable} is not an address that a node can have` }
}

/** Alone, an address of zeros only chooses between IPv4 and IPv6. */
function isUnusable(address: string, of: number): boolean {
  if (address === '0.0.0.0' || address === '::') return of > 1
  if (!address.includes(':')) return /^(0|127|169\.254|22[4-9]|23\d|2[45]\d)\./.test(address)
  return /^(::1$|ff|fe[89ab])/i.test(address)
}

function isPrefix(text: string): boolean {
  const [address = '', length = '', ...rest] = text.split('/')
  if (rest.length > 0 || !isIp(address) || !/^(0|[1-9]\d{0,2})$/.test(length)) return false
  return Number(length) <= (address.includes(':') ? 128 : 32)
}

function isIp(text: string): boolean {
  return isIpv4(text) || isIpv6(text)
}

/** Groups of four hexadecimal digits, of which `::` leaves out one or more; the last two may be an IPv4 address. */
function isIpv6(text: string): boolean {
  const plain = text.replace(/(?<=:)[\d.]+$/, last => (isIpv4(last) ? '0:0' : last))
  const halves = plain.split('::')
  if (halves.length > 2) return false
  const groups = halves.map(half => (half === '' ? [] : half.split(':')))
  if (!groups.flat().every(group => /^[0-9a-f]{1,4}$/i.test(group))) return false
  const count = groups.flat().length
  return halves.length === 2 ? count < 8 : count === 8
}
