/** Secrets of a machine config: such a document belongs into no terminal and on no command line. */
import type { MachineConfig } from '../../schema/generated/machine.ts'
import { SECRETS } from '../../schema/generated/secrets-machine.ts'
import { pointerOf } from '../path.ts'

/**
 * JSON pointers of what the schema marks, of files that only their owner may read, and of files with a private key.
 */
export function secretsIn(machine: MachineConfig): string[] {
  const marked = SECRETS.filter(path => has(machine, path)).map(pointerOf)
  const files = machine.storage.files.flatMap(({ mode, contents }, i) => {
    const isKey = contents.type === 'text' && contents.text.includes('PRIVATE KEY-----')
    return isKey || (mode & 0o077) === 0 ? [pointerOf(['storage', 'files', i, 'contents'])] : []
  })
  return [...marked, ...files]
}

function has(machine: unknown, path: readonly string[]): boolean {
  let value = machine
  return path.every(step => {
    value = (value as Record<string, unknown> | undefined)?.[step]
    return value !== undefined
  })
}
