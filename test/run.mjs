// npm test: sets the machine up, runs every level of docs/testing.md, says how long each took; the last line sums them up.
//   node test/run.mjs --only vm,cargo        only these levels
//   node test/run.mjs --quick                only those that need neither root nor a machine
import { readdirSync } from 'node:fs'
import { availableParallelism, freemem } from 'node:os'
import { join } from 'node:path'
import { run, StepFailed, step } from './progress.mjs'
import { root, setup } from './setup.mjs'
import { showSummary, sum } from './summary.mjs'
import { command, messageOf, vitest } from './vitest-run.mjs'

const GIB = 1024 ** 3

/**
 * In the order in which a mistake is cheapest to find. Each returns how many tests passed and failed. A quick one needs neither root nor a
 * machine. One with `until` mostly waits: it runs in the background until that level begins.
 */
const LEVELS = [
  { name: 'lint', isQuick: true, test: () => command('lint', ['npm', 'run', '--silent', 'lint']) },
  { name: 'tidy', isQuick: true, test: () => vitest('tidy') },
  { name: 'unit', isQuick: true, test: () => vitest('unit') },
  { name: 'golden', isQuick: true, test: () => vitest('golden') },
  { name: 'cargo', isQuick: true, test: cargo },
  { name: 'network', until: 'vm', test: () => vitest('network') },
  { name: 'contract', isQuick: true, test: () => vitest('contract') },
  { name: 'docs', isQuick: true, test: () => vitest('docs') },
  { name: 'cli', isQuick: true, test: () => vitest('cli') },
  { name: 'editors', isQuick: true, test: () => vitest('editors') },
  { name: 'terraform', test: () => vitest('terraform') },
  { name: 'image', test: image },
  { name: 'vm', test: () => booting('vm', twoFiles()) },
  { name: 'vagrant', test: () => booting('vagrant') },
  { name: 'libvirt', test: () => booting('libvirt') },
  { name: 'cluster', test: cluster },
]

/** Two files at a time where both are to spare: a machine takes a core and up to two gibibytes. */
function twoFiles() {
  const two = availableParallelism() >= 2 && freemem() > 6 * GIB
  return two ? ['--fileParallelism', '--maxWorkers=2'] : []
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
async function booting(level, words = []) {
  const image = await imageBuilt()
  if (image.failed > 0) return image
  return vitest(level, { words, isShown: line => /^\s*[✓×]/.test(line) })
}

/** First the file whose test boots two machines at once, and then the others two at a time. */
async function cluster() {
  const files = readdirSync(join(root, 'test/cluster')).filter(file => file.endsWith('.test.ts'))
  const others = files.filter(file => ![OF_A_PAIR, NOT_HERE].includes(file))
  const paths = names => names.map(file => `test/cluster/${file}`)
  const pair = await booting('cluster', paths([OF_A_PAIR]))
  return sum([pair, await booting('cluster', [...twoFiles(), ...paths(others)])])
}

const OF_A_PAIR = 'two-workers.test.ts'
/** Of `npm run test:long`. */
const NOT_HERE = 'services.test.ts'

/** `--only a,b` names levels, `--quick` those that are; nothing else is understood. */
function wantedLevels(argv) {
  if (argv.length === 1 && argv[0] === '--quick') return LEVELS.filter(({ isQuick }) => isQuick)
  const only = argv[0] === '--only' && argv[1] ? argv[1].split(',') : undefined
  const unknown = only?.filter(name => !LEVELS.some(level => level.name === name)) ?? []
  if ((argv.length > 0 && !only) || argv.length > 2 || unknown.length > 0) {
    throw new StepFailed(`usage: npm test -- [--quick | --only ${LEVELS.map(({ name }) => name).join(',')}]`)
  }
  return LEVELS.filter(({ name }) => !only || only.includes(name))
}

/** Runs levels one after the other, but for those in the background. Their rows, in the order of the levels. */
async function runAll(levels) {
  const rows = []
  const waiting = []
  for (const [i, level] of levels.entries()) {
    const due = waiting.filter(({ until }) => place(until) <= place(level.name))
    await Promise.all(due.map(({ over }) => over))
    const over = runOne(level).then(row => {
      rows[i] = row
    })
    if (level.until) waiting.push({ until: level.until, over })
    else await over
  }
  await Promise.all(waiting.map(({ over }) => over))
  return rows
}

const place = name => LEVELS.findIndex(level => level.name === name)

async function runOne({ name, test }) {
  const begun = Date.now()
  const result = await step(name, test, ({ failed }) => failed === 0)
  if (result.why) process.stderr.write(`\n${result.why}\n\n`)
  return { name, seconds: (Date.now() - begun) / 1000, ...result }
}

async function main() {
  const levels = wantedLevels(process.argv.slice(2))
  const started = Date.now()
  await setup({ forTests: true, isQuick: levels.every(({ isQuick }) => isQuick) })
  showSummary(await runAll(levels), started)
}

main().catch(error => {
  process.stderr.write(`${error instanceof StepFailed ? error.message : error.stack}\n`)
  console.log('0 passed, 1 failed')
  process.exitCode = 1
})
