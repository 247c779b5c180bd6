import { expect, test } from 'vitest'
import { eventText } from '../../src/vm/event-text.ts'
import type { NodeEvent } from '../../src/vm/vm.ts'

const event = (type: string, rest: object): NodeEvent => ({
  ...{ v: 1, seq: 1, bootId: '', monoMs: 1234, type },
  ...rest,
})

test('a stage is printed when it is over, with the guest’s clock in front', () => {
  expect(eventText(event('stage-started', { stage: 'disks' }))).toBeUndefined()
  expect(eventText(event('stage-finished', { stage: 'disks', durationMs: 7 }))).toBe('[   1.234] disks 7 ms')
})

test('a failure says stage, step, object, code, cause and place', () => {
  const error = {
    code: 'disk-foreign',
    stage: 'disks',
    verb: 'plan',
    object: '/dev/vda',
    detail: 'it holds xfs',
    pointer: '/storage',
  }
  expect(eventText(event('failed', { fatal: true, error }))).toMatchInlineSnapshot(`
    "[   1.234] FAILED disks: plan /dev/vda (disk-foreign)
                 it holds xfs, at /storage"
  `)
})

test('a generation that runs in the place of another says why', () => {
  const chosen = { generation: 'current', source: 'state', sha256: 'a', apiVersion: 'keel/v1' }
  const passedOver = [{ generation: 'staged', why: 'too-new' }]
  expect(eventText(event('generation-chosen', { ...chosen, passedOver }))).toBe(
    '[   1.234] this is the current machine config, from state, of keel/v1; staged is passed over: too-new',
  )
})

test('only changes on disk are printed', () => {
  const action = { action: 'write-file', object: '/a', durationMs: 1 }
  expect(eventText(event('action-finished', { ...action, durable: false }))).toBeUndefined()
  expect(eventText(event('action-finished', { ...action, durable: true }))).toBe(
    '[   1.234] write-file /a 1 ms',
  )
})
