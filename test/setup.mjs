// Brings a machine with Node, Go, Rust, gcc and apt-get to where Keel can be built and booted. No dependencies: it runs before npm ci.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installPackages, missingPackages, missingToolchain } from './packages.mjs'
import { run, StepFailed, step } from './progress.mjs'

/** The checkout. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Runs every step that is still to do. `forTests` adds what only the tests want, `isQuick` leaves out what only machines want. */
export async function setup({ forTests = false, isQuick = false } = {}) {
  await checkMachine(forTests, isQuick)
  await installNodeModules()
  await step('keelctl built', () => run('npm-build', ['npm', 'run', '--silent', 'build'], { cwd: root }))
}

/** Everything is checked before anything is installed, so that an unsuitable machine is reported at once. */
async function checkMachine(forTests, isQuick) {
  const toolchain = missingToolchain(forTests)
  const packages = missingPackages(isQuick)
  const isRoot = process.getuid?.() === 0
  const canInstall = isRoot && existsSync('/usr/bin/apt-get')
  if (toolchain.length > 0 || (packages.length > 0 && !canInstall)) {
    throw new StepFailed(
      `This machine lacks something; nothing was done.\n${lacks(toolchain, canInstall ? [] : packages).join('\n')}`,
    )
  }
  if (packages.length === 0) return
  await step(`Debian packages installed: ${packages.map(entry => entry.package).join(' ')}`, () =>
    installPackages(packages),
  )
}

function lacks(toolchain, packages) {
  const names = packages.map(
    entry => `${entry.package}${entry.atLeast ? ` (${entry.atLeast.join('.')} or newer)` : ''}`,
  )
  return [
    ...toolchain.map(line => `  ${line}`),
    ...(names.length > 0
      ? [`  Debian packages, by an administrator (or run this as root): ${names.join(', ')}`]
      : []),
  ]
}

/** npm ci takes seconds even when there is nothing to do, so a mark says for which lock file it was done. */
async function installNodeModules() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  const mark = join(root, 'node_modules', '.keel-lock')
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return
  await step('npm packages installed', () =>
    run('npm-ci', ['npm', 'ci', '--no-audit', '--no-fund'], { cwd: root }),
  )
  writeFileSync(mark, wanted)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  setup({ forTests: process.argv.includes('--for-tests') }).catch(error => {
    process.stderr.write(`${error instanceof StepFailed ? error.message : error.stack}\n`)
    process.exitCode = 1
  })
}
