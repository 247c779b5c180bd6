// npm run demo: sets the machine up, then runs demo.ts, bundled because Node 20 runs no TypeScript.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { StepFailed } from '../progress.mjs'
import { root, setup } from '../setup.mjs'

async function main() {
  process.chdir(root)
  await setup()
  const { build } = await import('esbuild')
  const dir = mkdtempSync(join(tmpdir(), 'keel-demo-'))
  try {
    const outfile = join(dir, 'demo.mjs')
    const banner = {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    }
    await build({
      entryPoints: ['test/demo/demo.ts'],
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile,
      banner,
      logLevel: 'warning',
    })
    const { demo } = await import(pathToFileURL(outfile).href)
    await demo()
  } finally {
    rmSync(dir, { recursive: true })
  }
}

main().catch(error => {
  process.stderr.write(`\nThe demo failed.\n${error instanceof StepFailed ? error.message : error.stack}\n`)
  process.exitCode = 1
})
