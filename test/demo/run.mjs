// npm run demo: sets the machine up, then runs demo.ts, bundled because Node 20 runs no TypeScript.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root, setup } from '../setup.mjs'

async function main() {
  process.chdir(root)
  await setup()
  const { build } = await import('esbuild')
  const dir = mkdtempSync(join(tmpdir(), 'keel-bundle-'))
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

/** What the demo itself throws says what is wrong; anything else needs its stack. */
function isBug(error) {
  return error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError
}

main().catch(error => {
  process.stderr.write(`\nThe demo failed.\n${isBug(error) ? error.stack : error.message}\n`)
  process.exitCode = 1
})
