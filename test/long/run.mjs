// npm run test:long: tests that find more the longer they run, and that npm test has no time for. It continues where an earlier run of the
// same sources ended, and writes its table into docs/testing.md.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { cacheFolder } from '../../images/apt.mjs'
import { targets as fuzzTargets } from '../fuzz/targets.mjs'
import { StepFailed, step } from '../progress.mjs'
import { root, setup } from '../setup.mjs'
import { showSummary, sum } from '../summary.mjs'
import { command, vitest } from '../vitest-run.mjs'
import { withTable } from './table.mjs'

/** Times the usual number of random inputs. */
const PROPERTY_SCALE = 50
/** Cuts of each stage; `npm test` makes five. */
const CUTS = 50
/** Boots of one node with all that it can run. */
const BOOTS = 10
/** Joins of one worker, each followed by a reboot, a replacement and what else its file has. */
const JOINS = 3

const PAGE = join(root, 'docs', 'testing.md')

/** In this order. `boots`: it boots the image, which is built before. */
const TARGETS = [
  {
    name: 'properties',
    test: () =>
      vitest('unit', {
        words: ['test/unit/never-throws.test.ts', 'test/unit/parts.test.ts', 'test/unit/secrets.test.ts'],
        env: { KEEL_PROPERTY_SCALE: String(PROPERTY_SCALE) },
      }),
  },
  ...fuzzTargets().map(name => ({ name: `fuzz-${name}`, test: minutes => fuzz(name, minutes) })),
  {
    name: 'power-cuts',
    boots: true,
    test: () => vitest('vm', { words: ['test/vm/power-cut.test.ts'], env: { KEEL_CUTS: String(CUTS) } }),
  },
  { name: 'boots', boots: true, test: () => again(BOOTS, 'vm', 'test/vm/happy-path.test.ts') },
  {
    name: 'kubernetes-versions',
    boots: true,
    test: () => vitest('long', { words: ['test/long/versions.test.ts'] }),
  },
  {
    name: 'services',
    boots: true,
    test: () => vitest('cluster', { words: ['test/cluster/services.test.ts'] }),
  },
  { name: 'joins', boots: true, test: () => again(JOINS, 'cluster', 'test/cluster/join.test.ts') },
  { name: 'day-two', boots: true, test: () => vitest('long', { words: ['test/long/day-two.test.ts'] }) },
  { name: 'slots', boots: true, test: () => vitest('long', { words: ['test/long/slots.test.ts'] }) },
  { name: 'flannel', boots: true, test: () => vitest('long', { words: ['test/long/flannel.test.ts'] }) },
  { name: 'critest', boots: true, test: () => suite('critest') },
  { name: 'conformance', boots: true, test: () => suite('conformance') },
]

const HELP = `npm run test:long -- [--only NAME,…] [--minutes N] [--again]

  --only NAME,…    only these targets
  --minutes N      minutes for each fuzz target (default 5)
  --again          run again what has passed with these sources
  --help           this text

A target that has passed is not run again until a file changes.
It takes hours: in all, one or two for the machines and N minutes for each fuzz target.

targets: ${TARGETS.map(({ name }) => name).join(' ')}
`

function fuzz(name, minutes) {
  const argv = ['node', 'test/fuzz/run.mjs', '--target', name, '--minutes', String(minutes)]
  return command(`long-fuzz-${name}`, argv)
}

/** One of the suites that others wrote. Its tests are shown and counted, because one of vitest is all of them. */
async function suite(name) {
  let counts = {}
  const isShown = line => {
    const [, passed, all] = /^\s*(\d+) of (\d+) passed$/.exec(line) ?? []
    if (all) counts = { passed: Number(passed), known: all - passed }
    return all !== undefined || /^\s*(passed|failed|timedout) \d+ s /.test(line)
  }
  const result = await vitest('long', { words: [`test/long/${name}.test.ts`], isShown })
  return result.failed > 0 ? result : { ...result, ...counts }
}

/** The same file so many times; it ends with the first run that fails. */
async function again(times, project, file) {
  const results = []
  for (let n = 0; n < times && sum(results).failed === 0; n += 1)
    results.push(await vitest(project, { words: [file] }))
  return sum(results)
}

/** The options, or undefined for --help. */
function optionsOf(argv) {
  const options = { targets: TARGETS, minutes: 5, isAgain: false }
  const words = [...argv]
  while (words.length > 0) {
    const word = words.shift()
    if (word === '--help' || word === '-h') return undefined
    if (word === '--again') {
      options.isAgain = true
      continue
    }
    const value = words.shift()
    const names = (value ?? '').split(',')
    if (word === '--minutes' && Number(value) > 0) options.minutes = Number(value)
    else if (word === '--only' && names.every(name => TARGETS.some(target => target.name === name)))
      options.targets = TARGETS.filter(({ name }) => names.includes(name))
    else throw new StepFailed(`not understood: ${[word, value].filter(Boolean).join(' ')}\n\n${HELP}`)
  }
  return options
}

const git = (...argv) => execFileSync('git', argv, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 })

/** The page with the table is none of the sources. */
const SOURCES = [':/', ':!docs/testing.md']

/** The commit, and whether a source differs from it. */
function revision() {
  const isChanged = git('status', '--porcelain', '--', ...SOURCES) !== ''
  return `${git('rev-parse', '--short', 'HEAD').trim()}${isChanged ? '-dirty' : ''}`
}

/** What has passed with exactly these sources. */
function passedBefore() {
  const key = createHash('sha256')
  for (const question of [
    ['ls-files', '--stage', ...SOURCES],
    ['diff', ...SOURCES],
    ['ls-files', '--others', '--exclude-standard', ...SOURCES],
  ])
    key.update(git(...question))
  const dir = join(cacheFolder(process.env), 'long')
  mkdirSync(dir, { recursive: true })
  const file = join(dir, `${key.digest('hex').slice(0, 20)}.json`)
  const rows = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
  const keep = row => {
    rows[row.name] = row
    writeFileSync(file, JSON.stringify(rows))
  }
  return { rows, keep }
}

async function main() {
  const options = optionsOf(process.argv.slice(2))
  if (!options) return void process.stdout.write(HELP)
  const started = Date.now()
  await setup({ forTests: true, isQuick: !options.targets.some(({ boots }) => boots) })
  const { rows: before, keep } = passedBefore()
  const rows = []
  const where = `${new Date().toISOString().slice(0, 10)} at ${revision()} on ${availableParallelism()} cores`
  let image
  for (const { name, boots, test } of options.targets) {
    const earlier = before[name]
    if (earlier && !options.isAgain && earlier.minutes >= minutesOf(name, options)) {
      rows.push(earlier)
      continue
    }
    if (boots) image ??= await command('image-build', ['node', 'dist/keelctl', 'image', 'build'])
    const begun = Date.now()
    const result =
      boots && image.failed > 0
        ? image
        : await step(
            name,
            () => test(options.minutes),
            ({ failed }) => failed === 0,
          )
    const seconds = (Date.now() - begun) / 1000
    const row = { name, minutes: minutesOf(name, options), seconds, where, ...result }
    rows.push(row)
    writeFileSync(PAGE, withTable(readFileSync(PAGE, 'utf8'), [row]))
    if (row.why) process.stderr.write(`\n${row.why}\n\n`)
    if (row.failed === 0) keep(row)
  }
  showSummary(rows, started)
}

/** A longer run proves what a shorter one has not. */
const minutesOf = (name, { minutes }) => (name.startsWith('fuzz-') ? minutes : 0)

main().catch(error => {
  process.stderr.write(`${error instanceof StepFailed ? error.message : error.stack}\n`)
  console.log('0 passed, 1 failed')
  process.exitCode = 1
})
