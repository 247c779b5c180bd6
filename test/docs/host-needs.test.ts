import { expect, test } from 'vitest'
import { docsTable, listed } from '../docs-table.ts'
import { HOST_NEEDS } from '../vm/host-needs.ts'

test('docs/host.md shows every need that a test tries on a node, and no other', () => {
  const stated = docsTable('docs/host.md', 'Needs').flatMap(([product, kind, values, source]) =>
    listed(values).map(value => ({ product, kind, value, source })),
  )
  expect(stated).toEqual(HOST_NEEDS)
})
