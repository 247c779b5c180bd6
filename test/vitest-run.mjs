// Runs one project of vitest and counts its tests. No dependencies: it runs before npm ci.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run, StepFailed } from './progress.mjs'
import { root } from './setup.mjs'

/**
 * How many tests of a project passed and failed. A skipped test counts as failed: it proves nothing. `words` are added to the command,
 * `env` to the environment, and the lines that `isShown` accepts are shown at once.
 */
export async function vitest(project, { words = [], env = {}, isShown = () => false } = {}) {
  if (!existsSync(join(root, 'test', project)))
    return { passed: 0, failed: 1, why: `test/${project} is not there` }
  const dir = mkdtempSync(join(tmpdir(), 'keel-test-'))
  const file = join(dir, 'report.json')
  const reporters = ['--reporter=verbose', '--reporter=json', `--outputFile.json=${file}`]
  const argv = [
    ...['npx', 'vitest', 'run', '--config', 'test/vitest.config.ts', '--project', project],
    ...reporters,
    ...words,
  ]
  const onLine = line => isShown(line) && process.stderr.write(`  ${line.trim()}\n`)
  try {
    const options = { cwd: root, env: { CI: '1', NO_COLOR: '1', ...env }, onLine, whole: true }
    const why = await run(`test-${project}`, argv, options).then(() => '', messageOf)
    if (!existsSync(file)) return { passed: 0, failed: 1, why }
    const report = JSON.parse(readFileSync(file, 'utf8'))
    const passed = report.numPassedTests
    const failed = report.numTotalTests - passed
    // A file that does not even load has no failed test.
    return { passed, failed: why !== '' && failed === 0 ? 1 : failed, why }
  } finally {
    rmSync(dir, { recursive: true })
  }
}

/** A command that passes or fails as a whole. */
export async function command(name, argv, options = {}) {
  const why = await run(`test-${name}`, argv, { cwd: root, whole: true, ...options }).then(
    () => '',
    messageOf,
  )
  return { passed: why === '' ? 1 : 0, failed: why === '' ? 0 : 1, why }
}

/** What a failed step has said; another error is thrown on. */
export function messageOf(error) {
  if (error instanceof StepFailed) return error.message
  throw error
}
