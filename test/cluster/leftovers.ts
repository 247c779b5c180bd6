/** A cluster's namespace and folder bear the id of the process they belong to, so that what a killed run left can be recognised. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { networkNames, removeNetwork } from './network.ts'

const PREFIX = 'keel-cluster-'

/** A new folder of this process. Its last part is the cluster's name. */
export const newFolder = (): string => mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`))

/** Removes what belongs to processes that are gone. Their children are gone too: they die with them. */
export function removeLeftovers(): void {
  for (const name of networkNames().filter(isLeftover)) {
    try {
      removeNetwork(name)
    } catch (error) {
      // Another start may have been quicker.
      if (networkNames().includes(name)) throw error
    }
  }
  for (const name of readdirSync(tmpdir()).filter(isLeftover)) {
    rmSync(join(tmpdir(), name), { recursive: true, force: true })
  }
}

function isLeftover(name: string): boolean {
  const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1]
  return pid !== undefined && !existsSync(`/proc/${pid}`)
}

/** Calls back once if this process is asked to end, or ends; the signal then takes its usual course. Returns how to call it off. */
export function beforeEnd(work: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const onSignal = (signal: NodeJS.Signals): void => {
    callOff()
    work()
    process.kill(process.pid, signal)
  }
  const callOff = (): void => {
    for (const signal of signals) process.off(signal, onSignal)
    process.off('exit', work)
  }
  for (const signal of signals) process.on(signal, onSignal)
  process.on('exit', work)
  return callOff
}
