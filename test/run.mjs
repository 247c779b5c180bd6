// npm test: sets the machine up, runs every level of docs/testing.md, says how long each took; the last line sums them up.
//   node test/run.mjs --only vm,cargo        only these levels
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, freemem, tmpdir } from 'node:os'
import { join } from 'node:path'
import { run, StepFailed, step } from './progress.mjs'
import { root, setup } from './setup.mjs'

const GIB = 1024 ** 3

/** In the order in which a mistake is cheapest to find. Each returns how many tests passed and failed. */
const LEVELS = [
  { name: 'lint', test: () => command('lint', ['npm', 'run', '--silent', 'lint']) },
  { name: 'tidy', test: () => vitest('tidy') },
  { name: 'unit', test: () => vitest('unit') },
  { name: 'golden', test: () => vitest('golden') },
  { name: 'cargo', test: cargo },
  { name: 'contract', test: () => vitest('contract') },
  { name: 'docs', test: () => vitest('docs') },
  { name: 'cli', test: () => vitest('cli') },
  { name: 'editors', test: () => vitest('editors') },
  { name: 'network', test: () => vitest('network') },
  { name: 'terraform', test: () => vitest('terraform') },
  { name: 'image', test: image },
  { name: 'vm', test: () => booting('vm', vmWorkers()) },
  { name: 'vagrant', test: () => booting('vagrant') },
  { name: 'libvirt', test: () => booting('libvirt') },
  { name: 'cluster', test: () => booting('cluster') },
]

/** A machine takes a core and up to two gibibytes; two at once only where both are to spare. */
function vmWorkers() {
  const two = availableParallelism() >= 2 && freemem() > 6 * GIB
  return two ? ['--fileParallelism', '--maxWorkers=2'] : []
}

/** One vitest project. A skipped test counts as failed: it proves nothing. */
async function vitest(level, options = [], isShown = () => false) {
  if (!existsSync(join(root, 'test', level)))
    return { passed: 0, failed: 1, why: `test/${level} is not there` }
  const dir = mkdtempSync(join(tmpdir(), 'keel-test-'))
  const file = join(dir, 'report.json')
  const reporters = ['--reporter=verbose', '--reporter=json', `--outputFile.json=${file}`]
  const argv = [
    'npx',
    'vitest',
    'run',
    '--config',
    'test/vitest.config.ts',
    '--project',
    level,
    ...reporters,
    ...options,
  ]
  const onLine = line => isShown(line) && process.stderr.write(`  ${line.trim()}\n`)
  try {
    const why = await run(`test-${level}`, argv, {
      cwd: root,
      env: { CI: '1', NO_COLOR: '1' },
      onLine,
      whole: true,
    }).then(() => '', messageOf)
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
async function command(name, argv, options = {}) {
  const why = await run(`test-${name}`, argv, { cwd: root, whole: true, ...options }).then(
    () => '',
    messageOf,
  )
  return { passed: why === '' ? 1 : 0, failed: why === '' ? 0 : 1, why }
}

/** The crate's own tests, its lints and its formatting. */
async function cargo() {
  const cwd = join(root, 'init-stub')
  const format = await command('cargo-fmt', ['cargo', 'fmt', '--check'], { cwd })
  const clippy = await command(
    'cargo-clippy',
    ['cargo', 'clippy', '--quiet', '--all-targets', '--', '-D', 'warnings'],
    { cwd },
  )
  const tests = await cargoTest(cwd)
  return sum([format, clippy, tests])
}

/** `cargo test` prints one summary line for each test binary. */
async function cargoTest(cwd) {
  let passed = 0
  let failed = 0
  const onLine = line => {
    const counts = /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/.exec(line)
    if (!counts) return
    passed += Number(counts[1])
    failed += Number(counts[2]) + Number(counts[3])
  }
  const argv = ['cargo', 'test', '--quiet', '--no-fail-fast']
  const why = await run('test-cargo', argv, { cwd, onLine, whole: true }).then(() => '', messageOf)
  return { passed, failed: why !== '' && failed === 0 ? 1 : failed, why }
}

let built

/** The image that machines boot, once for all levels. With the cache it takes seconds. */
function imageBuilt() {
  built ??= command('image-build', ['node', 'dist/keelctl', 'image', 'build'])
  return built
}

/** What is tested of the image without booting it. */
async function image() {
  return sum([await imageBuilt(), await vitest('image')])
}

/** A level whose machines boot the image; each test is shown, because it takes long. */
async function booting(level, options = []) {
  const image = await imageBuilt()
  return image.failed > 0 ? image : vitest(level, options, line => /^\s*[✓×]/.test(line))
}

function messageOf(error) {
  if (error instanceof StepFailed) return error.message
  throw error
}

function sum(results) {
  return {
    passed: results.reduce((total, { passed }) => total + passed, 0),
    failed: results.reduce((total, { failed }) => total + failed, 0),
    why: results
      .map(({ why }) => why)
      .filter(Boolean)
      .join('\n'),
  }
}

/** `--only a,b` names levels; nothing else is understood. */
function wantedLevels(argv) {
  const only = argv[0] === '--only' && argv[1] ? argv[1].split(',') : undefined
  const unknown = only?.filter(name => !LEVELS.some(level => level.name === name)) ?? []
  if ((argv.length > 0 && !only) || argv.length > 2 || unknown.length > 0) {
    throw new StepFailed(`usage: npm test -- [--only ${LEVELS.map(({ name }) => name).join(',')}]`)
  }
  return LEVELS.filter(({ name }) => !only || only.includes(name))
}

async function main() {
  const levels = wantedLevels(process.argv.slice(2))
  const started = Date.now()
  await setup({ forTests: true })
  const rows = []
  for (const { name, test } of levels) {
    const begun = Date.now()
    const result = await step(name, test, ({ failed }) => failed === 0)
    rows.push({ name, seconds: (Date.now() - begun) / 1000, ...result })
    if (result.why) process.stderr.write(`\n${result.why}\n\n`)
  }
  const total = sum(rows)
  for (const { name, seconds, passed, failed } of rows) {
    console.log(
      `${name.padEnd(10)} ${`${seconds.toFixed(1)} s`.padStart(9)} ${passed} passed${failed ? `, ${failed} FAILED` : ''}`,
    )
  }
  console.log(`${'all'.padEnd(10)} ${`${((Date.now() - started) / 1000).toFixed(1)} s`.padStart(9)}`)
  console.log(`${total.passed} passed, ${total.failed} failed`)
  process.exitCode = total.failed === 0 ? 0 : 1
}

main().catch(error => {
  process.stderr.write(`${error instanceof StepFailed ? error.message : error.stack}\n`)
  console.log('0 passed, 1 failed')
  process.exitCode = 1
})
