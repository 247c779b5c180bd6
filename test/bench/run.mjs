// npm run bench: sets the machine up, builds what is measured, measures it, writes the tables of docs/benchmarks.md.
//   npm run bench -- --only join,memory      only these parts
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { cacheFolder } from '../../images/apt.mjs'
import { StepFailed } from '../progress.mjs'
import { root, setup } from '../setup.mjs'

/** Shared modules find their files in their own folder; in a bundle that would be the bundle's. */
const ownFolders = {
  name: 'own-folders',
  setup(build) {
    build.onLoad({ filter: /\/test\/.*\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replaceAll('import.meta.dirname', JSON.stringify(dirname(path))),
      loader: 'ts',
    }))
  },
}

async function main() {
  process.chdir(root)
  await setup({ forTests: true })
  const work = join(cacheFolder(process.env), 'bench')
  const outfile = join(work, 'bench.mjs')
  const { build } = await import('esbuild')
  const banner = {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  }
  const stdin = {
    contents:
      "export { bench } from './test/bench/bench.ts'; export { workspaceIn } from './test/bench/workspace.ts'",
    resolveDir: root,
  }
  await build({
    stdin,
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    banner,
    plugins: [ownFolders],
    logLevel: 'warning',
  })
  const { bench, workspaceIn } = await import(pathToFileURL(outfile).href)
  if (!(await bench(workspaceIn(root, work), process.argv.slice(2)))) process.exitCode = 1
}

main().catch(error => {
  process.stderr.write(`${error instanceof StepFailed ? error.message : error.stack}\n`)
  process.exitCode = 1
})
