// Builds dist/: `keelctl` (the loader, the package's bin), `keelctl.cjs` (what every run needs) and one file for
// each heavy command, so that `keelctl transpile` starts fast. CommonJS, because Node starts it faster than ESM.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))
const dist = `${root}/dist`
const { version } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'))

/** What most runs do not need; each becomes a file next to keelctl.cjs, and is loaded when it is imported by import(). */
const APART = [
  ...readdirSync(`${root}/src/commands`)
    .map(file => file.replace(/\.ts$/, ''))
    .filter(name => !['table', 'transpile', 'check'].includes(name))
    .map(name => `commands/${name}`),
  'config/origin-map',
]

/** Leaves those out of a bundle. */
const apart = {
  name: 'apart',
  setup(build) {
    build.onResolve({ filter: /^\.\.?\/[a-z/-]+\.ts$/ }, ({ path, kind, resolveDir }) => {
      const name = relative(`${root}/src`, join(resolveDir, path)).replace(/\.ts$/, '')
      const isApart = kind === 'dynamic-import' && APART.includes(name)
      return isApart ? { path: `./${basename(name)}.cjs`, external: true } : undefined
    })
  },
}

/** The module of the global `process` would be copied, getter by getter, wherever it is imported. */
const plainProcess = {
  name: 'plain-process',
  setup(build) {
    build.onResolve({ filter: /^node:process$/ }, ({ kind }) =>
      kind === 'import-statement' ? { path: 'process', namespace: 'global' } : undefined,
    )
    build.onLoad({ filter: /.*/, namespace: 'global' }, () => ({ contents: 'export default process' }))
  },
}

/**
 * The command line library can execute commands as programs of their own; keelctl has none. Loading what it would
 * need for that takes Node longer than loading the library.
 */
const noChildProcess = {
  name: 'no-child-process',
  setup(build) {
    build.onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      importer.includes('/commander/') ? { path: 'none', namespace: 'empty' } : undefined,
    )
    build.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'module.exports = {}' }))
  },
}

const options = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
  define: { KEEL_VERSION: JSON.stringify(version) },
  loader: { '.json': 'json' },
  // The build for browsers has the same code as ES modules, of which only what is used goes in.
  alias: { yaml: `${root}/node_modules/yaml/browser/index.js` },
  // A script that comes from V8's code cache cannot import(), but it can require().
  supported: { 'dynamic-import': false },
  plugins: [apart, plainProcess, noChildProcess],
}

mkdirSync(dist, { recursive: true })
// Images are not this build's: keelctl image build puts them into dist/image and, by recipe and kind, next to it.
for (const stale of readdirSync(dist).filter(name => !/^image(-|$)/.test(name)))
  rmSync(`${dist}/${stale}`, { recursive: true })

await build({
  ...options,
  entryPoints: ['src/main.ts'],
  outfile: 'dist/keelctl.cjs',
  // The loader runs the file as a script, so it is the function that Node would make of a module.
  charset: 'ascii',
  banner: { js: '(function(exports,require,module,__filename,__dirname){' },
  footer: { js: '})' },
})
// esbuild escapes what is in strings, and leaves regular expressions as they are. The loader reads a byte for each character.
const [wide] = /.{0,40}[^\0-\x7f].{0,40}/.exec(readFileSync(`${dist}/keelctl.cjs`, 'utf8')) ?? []
if (wide !== undefined) throw new Error(`write this regular expression with \\u escapes: ${wide}`)

await build({
  ...options,
  entryPoints: APART.map(name => ({ in: `src/${name}.ts`, out: basename(name) })),
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
})

// The loader knows its bundle by digest, so a code cache of another build is never run.
const digest = createHash('sha256')
  .update(readFileSync(`${dist}/keelctl.cjs`))
  .digest('hex')
  .slice(0, 16)
const loader = readFileSync(`${root}/src/bundle/loader.cjs`, 'utf8').replace('@BUILD@', digest)
writeFileSync(`${dist}/keelctl`, loader, { mode: 0o755 })
// The package is ESM; this folder is not.
writeFileSync(`${dist}/package.json`, '{"type":"commonjs"}\n')

// The commands that are run most often start fast from their first run on, with a Node of the V8 that built them.
// npm installs these caches too.
for (const command of ['transpile', 'check']) {
  execFileSync(process.execPath, [`${dist}/keelctl`, command, 'fixtures/demo/worker.keel.yaml'], {
    cwd: root,
    env: { ...process.env, KEEL_CACHE: `${dist}/cache` },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}
