/** Secrets of a machine config: such a document belongs into no terminal and on no command line. */
import type { MachineConfig } from '../../schema/generated/machine.ts'
import { OWNERS_SECRETS, SECRETS } from '../../schema/generated/secrets-machine.ts'
import { type Path, placesAt, pointerOf, valueAt } from '../path.ts'

/** JSON pointers of what the schema marks: secrets, and what only its owner may read or holds a private key. */
export function secretsIn(machine: MachineConfig): string[] {
  const marked = SECRETS.flatMap(pattern => placesAt(machine, pattern))
  const owners = OWNERS_SECRETS.flatMap(({ path, by }) =>
    placesAt(machine, path).filter(at => isOwners(machine, at, by) || hasKey(valueAt(machine, at))),
  )
  return [...marked, ...owners].map(pointerOf)
}

/** Whether the mode next to a place lets nobody else read it. */
function isOwners(machine: MachineConfig, at: Path, by: string): boolean {
  return (Number(valueAt(machine, [...at.slice(0, -1), by])) & 0o077) === 0
}

function hasKey(contents: unknown): boolean {
  return JSON.stringify(contents).includes('PRIVATE KEY-----')
}
