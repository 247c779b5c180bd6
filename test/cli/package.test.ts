/** keelctl as npm installs it: from the packed file alone, into an empty folder, with no registry to ask. */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import process from 'node:process'
import { afterAll, beforeAll, expect, test } from 'vitest'

const DEMO = 'fixtures/demo'
const CONFIG = 'worker.keel.yaml'

let folder = ''
let project = ''

beforeAll(() => {
  if (!existsSync('dist/keelctl')) execFileSync('npm', ['run', 'build'])
  folder = mkdtempSync(join(tmpdir(), 'keel-package-'))
  project = join(folder, 'project')
  mkdirSync(project)
  // Without the build that packing starts with: it would replace dist/ while other tests use it.
  npm(resolve('.'), ['pack', '--ignore-scripts', '--pack-destination', folder])
  npm(project, ['install', join(folder, packed())])
  cpSync(DEMO, project, { recursive: true })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The only file that packing leaves. */
const packed = () => readdirSync(folder).find(name => name.endsWith('.tgz')) ?? 'nothing'

/** With an empty cache and offline, whatever the user's own settings say. */
function npm(cwd: string, args: string[]): void {
  execFileSync('npm', [...args, '--offline', '--cache', join(folder, 'npm-cache'), '--no-audit'], {
    cwd,
    stdio: 'pipe',
    env: { PATH: process.env['PATH'], HOME: folder },
  })
}

function keelctl(...args: string[]) {
  const { status, stdout, stderr } = spawnSync('node_modules/.bin/keelctl', args, {
    cwd: project,
    encoding: 'utf8',
    env: { PATH: dirname(process.execPath), HOME: folder },
  })
  return { status, stdout, stderr }
}

test('nothing but keelctl is installed', () => {
  const installed = readdirSync(join(project, 'node_modules')).filter(name => !name.startsWith('.'))
  expect(installed).toEqual(['keelctl'])
})

test('transpile gives the bytes that the checkout gives', () => {
  const wanted = execFileSync('node', ['dist/keelctl', 'transpile', `${DEMO}/${CONFIG}`], {
    encoding: 'utf8',
  })
  expect(keelctl('transpile', CONFIG)).toEqual({ status: 0, stdout: wanted, stderr: '' })
})

test('its first run needs no code cache of its own, because the package has one', () => {
  const cache = join(folder, 'cache')
  const caches = () =>
    existsSync(cache) ? readdirSync(join(cache, 'code')).map(name => name.replace(/.*-/, '')) : []
  const env = { PATH: dirname(process.execPath), HOME: folder, KEEL_CACHE: cache }
  const run = (...args: string[]) => execFileSync('node_modules/.bin/keelctl', args, { cwd: project, env })
  run('transpile', CONFIG)
  expect(caches()).toEqual([])
  run('schema', 'node')
  expect(caches()).toEqual(['schema'])
})

test('check accepts it', () => {
  expect(keelctl('check', '--strict', CONFIG)).toEqual({ status: 0, stdout: '', stderr: '' })
})

test.each(['node', 'fragment', 'machine', 'event'])(
  'schema prints the %s schema, and its file is there too',
  name => {
    const file = `schema/${name}/v1.json`
    const wanted = readFileSync(file, 'utf8')
    expect(JSON.parse(keelctl('schema', name).stdout)).toEqual(JSON.parse(wanted))
    expect(readFileSync(join(project, 'node_modules/keelctl', file), 'utf8')).toBe(wanted)
  },
)

test('explain has its pages', () => {
  expect(keelctl('explain', 'storage-mode')).toMatchObject({ status: 0, stderr: '' })
})

test('image build says that it needs a checkout', () => {
  const { status, stderr } = keelctl('image', 'build')
  expect({ status, stderr }).toEqual({ status: 3, stderr: expect.stringContaining('checkout') })
})
