// Builds dist/: `keelctl` (the loader, the package's bin), `keelctl.cjs` (what every run needs) and one file for
// each heavy command, so that `keelctl transpile` starts fast. CommonJS, because Node starts it faster than ESM.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = `${root}/dist`
const { version } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'))

/** Commands that bring their own libraries; each becomes a file beside keelctl.cjs. */
const HEAVY = ['image-build', 'image-lock', 'vm-run']

/** Leaves `import('./commands/<heavy>.ts')` out of the main bundle. */
const heavyCommandsApart = {
  name: 'heavy-commands-apart',
  setup(build) {
    build.onResolve({ filter: /^\.\/commands\// }, ({ path, kind }) => {
      const command = HEAVY.find(name => path === `./commands/${name}.ts`)
      return command && kind === 'dynamic-import' ? { path: `./${command}.cjs`, external: true } : undefined
    })
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
}

mkdirSync(dist, { recursive: true })
for (const stale of readdirSync(dist)) rmSync(`${dist}/${stale}`, { recursive: true })

await build({
  ...options,
  entryPoints: ['src/main.ts'],
  outfile: 'dist/keelctl.cjs',
  plugins: [heavyCommandsApart],
})
await build({
  ...options,
  entryPoints: HEAVY.map(name => `src/commands/${name}.ts`),
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
})

// The loader knows its bundle by digest, so a code cache of another build is never run.
const digest = createHash('sha256')
  .update(readFileSync(`${dist}/keelctl.cjs`))
  .digest('hex')
  .slice(0, 16)
const loader = readFileSync(`${root}/src/loader.cjs`, 'utf8').replace('@BUILD@', digest)
writeFileSync(`${dist}/keelctl`, loader, { mode: 0o755 })
// The package is ESM; this folder is not.
writeFileSync(`${dist}/package.json`, '{"type":"commonjs"}\n')
