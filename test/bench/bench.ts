import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, release, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { benchCommandLine } from './command-line.ts'
import { benchMachines } from './machines.ts'
import { benchNode } from './node.ts'
import { table } from './table.ts'

/** What run.mjs has prepared: the checkout, the image's folder and the Butane binary. */
export type Prepared = { root: string; image: string; butane: string }

const BEGIN = '<!-- measured: written by npm run bench -->'
const END = '<!-- /measured -->'

/** Measures everything and writes the table into docs/benchmarks.md. The text around the table is written by people. */
export async function bench({ root, image, butane }: Prepared): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'keel-bench-'))
  try {
    const config = join(dir, 'machine.json')
    const keelctl = join(root, 'dist/keelctl')
    execFileSync(process.execPath, [
      keelctl,
      'transpile',
      join(root, 'fixtures/demo/worker.keel.yaml'),
      '-o',
      config,
    ])
    process.stderr.write('measuring keelctl …\n')
    const commandLine = await benchCommandLine(root, butane)
    process.stderr.write('measuring the node: seven boots …\n')
    const node = await benchNode(image, await benchMachines(root, image, config, dir))
    const measured = `${conditions()}\n\n${table([...node, ...commandLine])}\n`
    process.stdout.write(measured)
    writeInto(join(root, 'docs/benchmarks.md'), measured)
  } finally {
    rmSync(dir, { recursive: true })
  }
}

function conditions(): string {
  const qemu = execFileSync('qemu-system-x86_64', ['--version'], { encoding: 'utf8' }).split('\n')[0]
  const [cpu] = cpus()
  const memory = Math.round(totalmem() / 1024 ** 3)
  return `Measured ${new Date().toISOString().slice(0, 10)} on ${cpus().length} cores (${cpu?.model}), ${memory} GiB, Linux ${release()}, Node ${process.version}, ${qemu}. Median (smallest–largest).`
}

function writeInto(page: string, measured: string): void {
  const text = readFileSync(page, 'utf8')
  const begin = text.indexOf(BEGIN)
  const end = text.indexOf(END)
  if (begin < 0 || end < begin) throw new Error(`${page} has no place for the table: ${BEGIN} … ${END}`)
  writeFileSync(page, `${text.slice(0, begin)}${BEGIN}\n${measured}${text.slice(end)}`)
}
