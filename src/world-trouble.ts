import { BuildFailed } from '../images/index.ts'

/** What to tell about an image build that the world spoiled: a tool, the mirror, the disk. Anything else is a bug and thrown on. */
export function worldTrouble(error: unknown): string {
  if (error instanceof BuildFailed) return `${error.message}\n  = help: ${error.hint}`
  if (error instanceof Error && 'syscall' in error) return error.message
  throw error
}
