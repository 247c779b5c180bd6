/** What init can do, a node config can say: the words of both schemas are the same. */
import { expect, test } from 'vitest'
import machine from '../../schema/machine/v1.json' with { type: 'json' }
import node from '../../schema/node/v1.json' with { type: 'json' }
import { valueAt } from '../../transpiler/path.ts'

test.each([
  ['how a disk is attached', 'DiskMatch/properties/transport/enum', 'DiskSelector/properties/transport/enum'],
  ['filesystems', 'Filesystem/properties/format/enum', 'Filesystem/properties/format/enum'],
  [
    'mount options',
    'Filesystem/properties/mountOptions/items/enum',
    'Filesystem/properties/mountOptions/items/enum',
  ],
  [
    'origins of a host name',
    'Hostname/oneOf/1/properties/from/items/enum',
    'Hostname/oneOf/1/properties/from/items/enum',
  ],
  ['effects of a taint', 'Taint/oneOf/1/properties/effect/enum', 'Taint/properties/effect/enum'],
])('%s', (_, ofNode, ofMachine) => {
  const words = (schema: { definitions: unknown }, at: string) => valueAt(schema.definitions, at.split('/'))
  expect(words(node, ofNode)).toBeInstanceOf(Array)
  expect(words(node, ofNode)).toEqual(words(machine, ofMachine))
})
