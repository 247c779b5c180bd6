import { expect, test } from 'vitest'
import { withBuildLock } from '../../images/build-lock.ts'

/** A promise and what fulfils it. */
function signal(): [Promise<void>, () => void] {
  let give = (): void => {}
  const promise = new Promise<void>(resolve => {
    give = resolve
  })
  return [promise, () => give()]
}

test('a second build waits until the first ends, and says that it waits', async () => {
  const notes: string[] = []
  const [started, start] = signal()
  const [ended, end] = signal()
  const work = async (): Promise<void> => {
    start()
    await ended
    notes.push('first ends')
  }
  const first = withBuildLock('/cache/a', () => notes.push('first waits'), work)
  await started
  const onWait = (): void => {
    notes.push('second waits')
    end()
  }
  const second = withBuildLock('/cache/a', onWait, async () => {
    notes.push('second works')
  })
  await Promise.all([first, second])
  expect(notes).toEqual(['second waits', 'first ends', 'second works'])
})

test('builds in different caches do not wait for each other, and a failure releases the lock', async () => {
  const waits: string[] = []
  const build = (cache: string, work: () => Promise<void>): Promise<void> =>
    withBuildLock(cache, () => waits.push(cache), work)
  await build('/cache/b', () => build('/cache/c', async () => {}))
  await expect(build('/cache/b', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  await build('/cache/b', async () => {})
  expect(waits).toEqual([])
})
