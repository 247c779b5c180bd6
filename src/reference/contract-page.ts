/** Tables of a strict schema: every object is closed, every alternative is chosen by a constant. */
import { anchorOf, cell } from './markdown.ts'

/** What the machine schema and the event schema are made of. */
export interface Strict {
  readonly $ref?: string
  readonly title?: string
  readonly description?: string
  readonly type?: string
  readonly const?: string | number
  readonly enum?: readonly string[]
  readonly format?: string
  readonly 'x-secret'?: boolean
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Strict>>
  readonly items?: Strict
  readonly oneOf?: readonly Strict[]
  readonly minItems?: number
  readonly maxItems?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly multipleOf?: number
}

/** The definitions of a schema, by their names. */
export type Definitions = Readonly<Record<string, Strict>>

/** A definition with a heading of its own, or each of its alternatives. */
export function definitionSection(name: string, schema: Strict, all: Definitions, level = '##'): string {
  const title = schema.title ?? name
  const head = [`${level} ${title}`, '', ...(schema.description ? [schema.description, ''] : [])]
  if (schema.oneOf !== undefined)
    return [...head, ...schema.oneOf.map(one => definitionSection('', one, all, `${level}#`))].join('\n')
  if (schema.properties !== undefined) return [...head, ...fieldsTable(schema, all), ''].join('\n')
  return [...head, `${kindOf(schema)}.`, ''].join('\n')
}

/** The fields of an object, without those that are named. A field without words of its own has those of its definition. */
export function fieldsTable(
  { properties = {}, required = [] }: Strict,
  all: Definitions,
  without: readonly string[] = [],
): string[] {
  const rows = Object.entries(properties)
    .filter(([name]) => !without.includes(name))
    .map(([name, field]) => {
      const words = field.description ?? all[refOf(field) ?? '']?.description ?? ''
      const meaning = `${words}${field['x-secret'] ? ' Never shown in a message.' : ''}`
      return [`\`${name}\``, kindOf(field), required.includes(name) ? 'yes' : '', meaning.trim()]
    })
  return rows.length === 0
    ? []
    : [
        '| field | type | required | meaning |',
        '| --- | --- | --- | --- |',
        ...rows.map(cells => `| ${cells.map(cell).join(' | ')} |`),
      ]
}

const refOf = ({ $ref }: Strict): string | undefined => $ref?.slice('#/definitions/'.length)

/** What a value may be, in a few words. */
function kindOf(schema: Strict): string {
  const name = refOf(schema)
  if (name !== undefined) return `[${name}](#${anchorOf(name)})`
  if (schema.const !== undefined) return `\`${schema.const}\``
  if (schema.enum !== undefined) return schema.enum.map(word => `\`${word}\``).join(', ')
  if (schema.items !== undefined)
    return `list${bounds(schema.minItems, schema.maxItems, '')} of ${kindOf(schema.items)}`
  if (schema.format === 'ipv4') return 'IPv4 address'
  if (schema.type === 'integer') {
    const steps = schema.multipleOf === undefined ? '' : `, a multiple of ${schema.multipleOf}`
    return `integer${bounds(schema.minimum, schema.maximum, '')}${steps}`
  }
  if (schema.type === 'string') return `string${bounds(schema.minLength, schema.maxLength, ' characters')}`
  return schema.type ?? ''
}

function bounds(least: number | undefined, most: number | undefined, unit: string): string {
  if (least === undefined && most === undefined) return ''
  if (most === undefined) return ` (at least ${least}${unit})`
  return least === undefined ? ` (at most ${most}${unit})` : ` (${least} to ${most}${unit})`
}
