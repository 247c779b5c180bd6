// npm run fuzz: looks for bytes that keel-init's parsers do not stand; no dependencies but the tools that it sets up.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { run, StepFailed, step } from '../progress.mjs'
import { root } from '../setup.mjs'
import { FUZZ, targets } from './targets.mjs'

const CRATE = join(root, 'init-stub')
const TRIPLE = 'x86_64-unknown-linux-gnu'

const HELP = `npm run fuzz -- [--minutes N] [--target NAME]

Runs every fuzz target of init-stub/fuzz for N minutes (default 1), one after the other.
Exits 1 at the first input that makes a target fail, and names its file.

  --minutes N      minutes for each target, e.g. 5 or 0.5
  --target NAME    only this target
  --help           this text

It needs rustup and a C++ compiler; Rust nightly and cargo-fuzz are installed if they are missing.

targets: ${targets().join(' ')}
`

/** The options, or undefined for --help. */
function optionsOf(argv) {
  const options = { minutes: 1, names: targets() }
  const words = [...argv]
  while (words.length > 0) {
    const word = words.shift()
    if (word === '--help' || word === '-h') return undefined
    const value = words.shift()
    if (word === '--minutes' && Number(value) > 0) options.minutes = Number(value)
    else if (word === '--target' && options.names.includes(value)) options.names = [value]
    else throw new StepFailed(`not understood: ${[word, value].filter(Boolean).join(' ')}\n\n${HELP}`)
  }
  return options
}

const works = argv => spawnSync(argv[0], argv.slice(1), { stdio: 'ignore' }).status === 0

/** Coverage is an instrument of nightly; nothing else of Keel is built with it. */
async function setUp() {
  if (!works(['cargo', '+nightly', '--version']))
    await step('Rust nightly installed', () =>
      run('fuzz-nightly', ['rustup', 'toolchain', 'install', 'nightly', '--profile', 'minimal']),
    )
  if (!works(['cargo', 'fuzz', '--version']))
    await step('cargo-fuzz installed', () =>
      run('fuzz-install', ['cargo', 'install', 'cargo-fuzz', '--locked']),
    )
}

/** Without a sanitizer: the parsers have no unsafe code, and every one would halve the executions. */
async function build(names) {
  const only = names.length === 1 ? names : []
  await step('fuzz targets built', () =>
    run('fuzz-build', ['cargo', '+nightly', 'fuzz', 'build', '-s', 'none', ...only], { cwd: CRATE }),
  )
}

/** The words of the machine config, so that they need not be guessed. */
function dictionary(folder) {
  const words = new Set()
  const walk = value => {
    if (value === null || typeof value !== 'object') return
    for (const name of Object.keys(value.properties ?? {})) words.add(name)
    for (const word of [value.const, ...(value.enum ?? [])]) if (typeof word === 'string') words.add(word)
    for (const part of Object.values(value)) walk(part)
  }
  walk(JSON.parse(readFileSync(join(root, 'schema/machine/v1.json'), 'utf8')))
  const file = join(folder, 'machine-config.dict')
  const line = word => JSON.stringify(JSON.stringify(word))
  writeFileSync(file, `${[...words].map(line).join('\n')}\n`)
  return file
}

/** One target for its time. What it finds on the way stays in `folder`; a finding is kept next to the targets. */
async function fuzz(name, minutes, folder) {
  const [found, artifacts] = [join(folder, name), join(FUZZ, 'artifacts', name)]
  for (const made of [found, artifacts]) mkdirSync(made, { recursive: true })
  const argv = [
    join(FUZZ, 'target', TRIPLE, 'release', name),
    `-artifact_prefix=${artifacts}/`,
    `-max_total_time=${Math.max(1, Math.round(minutes * 60))}`,
    '-timeout=25',
    '-rss_limit_mb=1024',
    '-malloc_limit_mb=256',
    '-print_final_stats=1',
    ...(name.startsWith('machine_config') ? [`-dict=${dictionary(folder)}`] : []),
    found,
    join(FUZZ, 'corpus', name),
  ]
  const seen = { executions: '0', coverage: '0', corpus: '0' }
  let reproducer
  const onLine = line => {
    const status = /^#(\d+)\s.* cov: (\d+) .* corp: (\d+)/.exec(line)
    if (status) [, seen.executions, seen.coverage, seen.corpus] = status
    const total = /^stat::number_of_executed_units:\s*(\d+)/.exec(line)
    if (total) seen.executions = total[1]
    const written = /Test unit written to (\S+)/.exec(line)
    if (written) reproducer = written[1]
  }
  try {
    await step(name, () => run(`fuzz-${name}`, argv, { cwd: FUZZ, onLine }))
  } catch (error) {
    const where = reproducer ? relative(root, reproducer) : 'no file was written'
    throw new StepFailed(`${error.message}\n\n${name} fails on an input: ${where}`)
  }
  for (const empty of [artifacts, join(FUZZ, 'artifacts')])
    if (readdirSync(empty).length === 0) rmdirSync(empty)
  console.log(
    `${name.padEnd(22)} ${seen.executions.padStart(10)} executions, coverage ${seen.coverage}, corpus ${seen.corpus}`,
  )
}

async function main() {
  const options = optionsOf(process.argv.slice(2))
  if (!options) return void process.stdout.write(HELP)
  await setUp()
  await build(options.names)
  const folder = mkdtempSync(join(tmpdir(), 'keel-fuzz-'))
  try {
    for (const name of options.names) await fuzz(name, options.minutes, folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

main().catch(error => {
  process.stderr.write(`${error instanceof StepFailed ? error.message : error.stack}\n`)
  process.exitCode = 1
})
