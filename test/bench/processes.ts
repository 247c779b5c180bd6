import { spawn } from 'node:child_process'
import { type Spread, spreadOf } from './statistics.ts'

/** One command to be timed. */
export type Row = { name: string; argv: readonly string[]; input?: string; env?: Record<string, string> }

/**
 * Times whole processes, in milliseconds of wall time. Rows run round-robin, so that drift of the machine hits each row alike; the
 * first round warms the page cache and is dropped.
 */
export async function timeProcesses(rows: readonly Row[], rounds: number): Promise<Map<string, Spread>> {
  const times = new Map(rows.map(row => [row.name, [] as number[]]))
  for (let round = 0; round <= rounds; round++) {
    for (const row of rows) {
      const ms = await timeOnce(row)
      if (round > 0) times.get(row.name)?.push(ms)
    }
  }
  return new Map([...times].map(([name, list]) => [name, spreadOf(list)]))
}

/** A command that fails would time its error message, so it ends the benchmark. */
function timeOnce({ argv, input = '', env }: Row): Promise<number> {
  return new Promise((resolve, reject) => {
    const started = process.hrtime.bigint()
    const child = spawn(argv[0] as string, argv.slice(1), {
      stdio: ['pipe', 'ignore', 'pipe'],
      env: { ...process.env, ...env },
    })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
    child.once('error', reject)
    child.once('close', code => {
      if (code === 0) resolve(Number(process.hrtime.bigint() - started) / 1e6)
      else reject(new Error(`${argv.join(' ')} ended with ${code}: ${stderr.slice(0, 500)}`))
    })
  })
}
