/** docs/reference/events.md: every event of keel-init with its fields. */
import event from '../../schema/event/v1.json' with { type: 'json' }
import { NAMES } from '../../schema/names.ts'
import { type Definitions, definitionSection, fieldsTable, type Strict } from './contract-page.ts'

/** Fields that every event has. */
const COMMON = ['v', 'seq', 'bootId', 'monoMs', 'type']
/** Definitions with a page or a row of their own. */
const ELSEWHERE = ['V', 'Seq', 'BootId', 'MonoMs', 'ErrorCode']

const definitions: Definitions = event.definitions

/** The body of the page. */
export function eventsPage(): string {
  const common = COMMON.map(name => {
    const title = `${name[0]?.toUpperCase()}${name.slice(1)}`
    return `| \`${name}\` | ${definitions[title]?.description ?? 'Which event it is.'} |`
  })
  const sections = (event.oneOf as readonly Strict[]).map(one => {
    const fields = fieldsTable(one, definitions, COMMON)
    return [
      `## ${one.properties?.['type']?.const}`,
      '',
      one.description,
      '',
      ...fields,
      ...(fields.length > 0 ? [''] : []),
    ].join('\n')
  })
  const parts = Object.entries(definitions).filter(([name]) => !ELSEWHERE.includes(name))
  return `
# Events

${event.description}
A node writes them as lines of JSON to the virtio-serial port \`${NAMES.events.name}\`, where there is one, and to \`${NAMES.eventsFile.name}\`.
\`keelctl schema event\` prints the schema.

Every event has these fields:

| field | meaning |
| --- | --- |
${common.join('\n')}

${sections.join('\n')}
## Parts of events

${parts.map(([name, one]) => definitionSection(name, one, definitions, '###')).join('\n')}
### ErrorCode

A code of [the errors of init](init-errors.md).
`
}
