/** keelctl schema: the contracts, for editors and other programs. */

import event from '../../schema/event/v1.json' with { type: 'json' }
import fragment from '../../schema/fragment/v1.json' with { type: 'json' }
import machine from '../../schema/machine/v1.json' with { type: 'json' }
import node from '../../schema/node/v1.json' with { type: 'json' }
import { nearest } from '../../transpiler/index.ts'
import { Command, InvalidArgumentError } from '../cli/command-line.ts'
import type { Env } from '../cli/env.ts'

const SCHEMAS: Readonly<Record<string, object>> = { node, fragment, machine, event }

export function schemaText(name: string): string {
  return `${JSON.stringify(SCHEMAS[name], null, 2)}\n`
}

function known(name: string): string {
  const names = Object.keys(SCHEMAS)
  if (names.includes(name)) return name
  const near = nearest(name, names)
  throw new InvalidArgumentError(
    near === undefined ? `There are ${names.join(', ')}.` : `Did you mean ${near}?`,
  )
}

export const command = (env: Env): Command =>
  new Command()
    .argument(
      '[name]',
      'node (what you write), fragment (a part of it), machine (what init applies) or event (what init reports)',
      known,
      'node',
    )
    .addHelpText('before', examples)
    .action((name: string) => env.stdout(schemaText(name)))

const examples = `Examples:
  keelctl schema > node.schema.json
  keelctl schema fragment > fragment.schema.json
  keelctl schema event

In an editor with a YAML language server, the first line of a config names the schema:
  # yaml-language-server: $schema=node.schema.json
`
