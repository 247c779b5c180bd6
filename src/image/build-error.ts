import { BuildFailed } from '../../images/index.ts'
import { reasonOf } from '../cli/errors.ts'

/** What to tell about an image build that the world spoiled: a tool, the mirror, the disk. Anything else is a bug and thrown on. */
export function describeBuildError(error: unknown): string {
  if (error instanceof BuildFailed) return `${error.message}\n  = help: ${error.hint}`
  if (error instanceof Error && 'syscall' in error) {
    const { path, syscall } = error as NodeJS.ErrnoException
    return `${path ?? syscall}: ${reasonOf(error)}`
  }
  throw error
}
