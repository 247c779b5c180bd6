/** What keelctl puts on a kernel command line, which every process on the node can read in /proc/cmdline. */
import { NAMES } from '../../schema/names.ts'
import { readMachineConfig, secretsIn } from '../../transpiler/index.ts'
import { UsageError } from '../cli/errors.ts'
import { unpacked } from '../config/packed.ts'

/** The kernel cuts off what is beyond. */
const MAX_LENGTH = 2047

/** Refuses a command line that is too long, or that has a machine config with a secret. */
export function checkKernelCommandLine(words: string): void {
  for (const word of words.split(/\s+/)) {
    if (!word.startsWith(NAMES.configInline.name)) continue
    const [secret] = secretsOfInline(word.slice(NAMES.configInline.name.length))
    if (secret !== undefined)
      throw new UsageError(
        `the machine config of ${NAMES.configInline.name} holds a secret (${secret}), and the kernel command line is visible in /proc/cmdline; use another source`,
      )
  }
  const { length } = words
  if (length > MAX_LENGTH)
    throw new UsageError(
      `the kernel command line has ${length} characters, and the kernel reads ${MAX_LENGTH}; use another source for the machine config`,
    )
}

/** JSON pointers. A document that is not a machine config is left to init, which says what it is. */
function secretsOfInline(base64: string): string[] {
  const bytes = unpacked(Buffer.from(base64, 'base64'))
  const read = 'problem' in bytes ? bytes : readMachineConfig(bytes)
  return 'machine' in read ? secretsIn(read.machine) : []
}
