/** docs/reference/machine-config.md: every field of the machine config. */
import machine from '../../schema/machine/v1.json' with { type: 'json' }
import { type Definitions, definitionSection, fieldsTable, type Strict } from './contract-page.ts'

const root: Strict = machine
const definitions: Definitions = machine.definitions

/** The body of the page. */
export function machineConfigPage(): string {
  return `
# Machine config

${root.description}
\`keelctl transpile\` writes it; people write a [node config](node-config.md).
\`keelctl schema machine\` prints the schema; [what the stage verify refuses](../boot/refusals.md) has the rules beyond it.

${fieldsTable(root, definitions).join('\n')}

${Object.entries(definitions)
  .map(([name, one]) => definitionSection(name, one, definitions))
  .join('\n')}`
}
