import { expect, test } from 'vitest'
import { freePorts } from '../../src/vm/free-ports.ts'

test('ports of one machine are never the same', async () => {
  const ports = await freePorts(200)
  expect(new Set(ports).size).toBe(200)
  expect(ports).not.toContain(0)
  expect(await freePorts(0)).toEqual([])
})
