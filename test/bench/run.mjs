// npm run bench: sets the machine up, builds what is measured, measures it, writes the tables of docs/benchmarks.md.
//   npm run bench -- --only join,memory      only these parts
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { cacheFolder } from '../../images/apt.mjs'
import { StepFailed } from '../progress.mjs'
import { root, setup } from '../setup.mjs'

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
      "export { bench } from './test/bench/bench.ts'; export { worldIn } from './test/bench/world.ts'",
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
    logLevel: 'warning',
  })
  const { bench, worldIn } = await import(pathToFileURL(outfile).href)
  if (!(await bench(worldIn(root, work), process.argv.slice(2)))) process.exitCode = 1
}

main().catch(error => {
  process.stderr.write(`${error instanceof StepFailed ? error.message : error.stack}\n`)
  process.exitCode = 1
})
