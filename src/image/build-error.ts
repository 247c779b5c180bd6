import { BuildFailed } from '../../images/index.ts'
import { reasonOf } from '../cli/errors.ts'

/** How to report an image build that the environment made fail: a tool, the mirror, the disk. Anything else is a bug and thrown on. */
export function describeBuildError(error: unknown): string {
  if (error instanceof BuildFailed) return `${error.message}\n  = help: ${error.hint}`
  if (error instanceof Error && 'syscall' in error) {
    const { path, syscall } = error as NodeJS.ErrnoException
    return `${path ?? syscall}: ${reasonOf(error)}`
  }
  throw error
}
