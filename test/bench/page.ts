import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'

const PAGE = 'docs/benchmarks.md'

/** When and on what a table was measured. */
export function conditions(): string {
  const qemu = execFileSync('qemu-system-x86_64', ['--version'], { encoding: 'utf8' }).split('\n')[0]
  const [cpu] = cpus()
  const memory = Math.round(totalmem() / 1024 ** 3)
  const revision = execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim()
  return `Measured ${new Date().toISOString().slice(0, 10)} at ${revision} on ${cpus().length} cores (${cpu?.model}), ${memory} GiB, Linux ${release()}, Node ${process.version}, ${qemu}. Median (smallest–largest).`
}

/** Replaces what was measured of one part. The text around it is written by people. */
export function writeSection(name: string, measured: string): void {
  const [begin, end] = [`<!-- measured by npm run bench: ${name} -->`, `<!-- /measured: ${name} -->`]
  const text = readFileSync(PAGE, 'utf8')
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`${PAGE} has no place for a table: ${begin} … ${end}`)
  writeFileSync(PAGE, `${text.slice(0, from)}${begin}\n${measured}${text.slice(to)}`)
}
