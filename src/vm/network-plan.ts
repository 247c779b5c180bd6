/** What init would do to the links of a machine, as lines for people. */

export interface NetworkPlan {
  readonly operations: readonly LinkOperation[]
  readonly missing: readonly Missing[]
  /** Whether the kernel takes the rest only when this is done. */
  readonly hasMore?: boolean
}

/** What an operation says beyond these keys are values of the machine config. */
type LinkOperation = Readonly<Record<string, unknown>> & { readonly operation: string; readonly link: string }

interface Missing {
  readonly pointer: string
  readonly what: string
  /** Whether the boot fails without it. */
  readonly needed: boolean
}

/** How long init waits for an interface. */
const LONGEST_WAIT = '10 s'

/** Operation, link, and the operation's own words. */
export const operationText = ({ operation, link, pointer: _, ...rest }: LinkOperation): string =>
  `${operation.padEnd(20)}${link}  ${wordsIn(rest).join(' ')}`.trimEnd()

export function missingText({ what, needed }: Missing, line: string | undefined): string {
  const place = line === undefined ? '' : ` (${line})`
  return needed
    ? `not here: ${what}${place}; the boot waits ${LONGEST_WAIT} for it and fails`
    : `not here: ${what}${place}; it joins when it appears`
}

type Values = Readonly<Record<string, unknown>>

/** Values as a node config has them. Members are left out: each that is here joins in a line of its own. */
function wordsIn(values: Values): string[] {
  const { prefixLength } = values
  return Object.entries(values).flatMap(([key, value]) => {
    if (value === null || key === 'members' || key === 'prefixLength') return []
    if (key === 'primary') return [`primary=${selectorText(membersOf(values)[Number(value)])}`]
    if (key === 'destination') return [`destination=${destinationText(String(value), prefixLength)}`]
    if (key.endsWith('Seconds')) return [`${key.slice(0, -7)}=${value}s`]
    if (key.endsWith('Ms')) return [`${key.slice(0, -2)}=${value}ms`]
    if (Array.isArray(value)) return [`${key}=${value.map(one => placeText(one) ?? one).join(',')}`]
    if (!isMap(value)) return [`${key}=${value}`]
    const place = placeText(value)
    return place === undefined ? wordsIn(value) : [`${key}=${place}`]
  })
}

/** A network, an address with its prefix, or a host with its port; undefined: it is something else. */
function placeText(value: unknown): string | undefined {
  if (!isMap(value)) return undefined
  const { address, prefixLength, host, port } = value
  if (address !== undefined) return `${address}/${prefixLength}`
  return host === undefined ? undefined : withPort(String(host), port)
}

const withPort = (host: string, port: unknown) =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`

const destinationText = (address: string, length: unknown) =>
  length === 0 ? 'default' : `${address}/${length}`

const membersOf = ({ members }: Values): readonly unknown[] => (Array.isArray(members) ? members : [])

/** The first fact of a selector, which is the one that people give. */
function selectorText(selector: unknown): string {
  const [[key, value] = []] = isMap(selector) ? Object.entries(selector) : []
  return key === 'name' ? String(value) : `${key}:${value}`
}

const isMap = (value: unknown): value is Values => typeof value === 'object' && value !== null
