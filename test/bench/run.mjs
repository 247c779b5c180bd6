// npm run bench: sets the machine up, builds what is measured, measures it, writes the table of docs/benchmarks.md.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { cacheFolder } from '../../images/apt.mjs'
import { run, StepFailed, step } from '../progress.mjs'
import { root, setup } from '../setup.mjs'

async function main() {
  await setup({ forTests: true })
  const work = join(cacheFolder(process.env), 'bench')
  const image = join(work, 'image')
  const butane = join(work, 'butane')
  await step('image built', () =>
    run('bench-image', ['node', 'dist/keelctl', 'image', 'build', '-o', image], { cwd: root }),
  )
  await step('Butane built from its module', () =>
    run('bench-butane', ['go', 'build', '-trimpath', '-ldflags', '-s -w', '-o', butane, '.'], {
      cwd: join(root, 'test/bench/butane'),
      env: { CGO_ENABLED: '0' },
    }),
  )
  const bundle = join(work, 'bench.mjs')
  const { build } = await import('esbuild')
  await build({
    entryPoints: [join(root, 'test/bench/bench.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
  })
  const { bench } = await import(pathToFileURL(bundle).href)
  await bench({ root, image, butane })
}

main().catch(error => {
  process.stderr.write(`${error instanceof StepFailed ? error.message : error.stack}\n`)
  process.exitCode = 1
})
