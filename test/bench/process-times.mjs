// Times whole processes. Rows run round-robin, so that drift of the machine hits each row alike; the first round is dropped.
import { spawn } from 'node:child_process'

/** Median of a list of numbers. */
export const median = values => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** Runs one command to its end and gives its wall time in milliseconds; fails when the command fails. */
const timeOnce = ({ command, args, input, env }) =>
  new Promise((resolve, reject) => {
    const start = process.hrtime.bigint()
    const child = spawn(command, args, { stdio: ['pipe', 'ignore', 'pipe'], env: { ...process.env, ...env } })
    let stderr = ''
    child.stderr.on('data', chunk => {
      stderr += chunk
    })
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    child.on('error', reject)
    child.on('close', code => {
      if (code === 0) resolve(Number(process.hrtime.bigint() - start) / 1e6)
      else reject(new Error(`${command} ${args.join(' ')} ended with ${code}: ${stderr.slice(0, 500)}`))
    })
  })

/** Times every row `rounds` times; gives name → { median, min, max } in milliseconds. */
export async function timeProcesses(rows, rounds) {
  const times = new Map(rows.map(row => [row.name, []]))
  for (let round = 0; round <= rounds; round++) {
    for (const row of rows) {
      const ms = await timeOnce(row)
      if (round > 0) times.get(row.name).push(ms)
    }
  }
  return new Map(
    [...times].map(([name, list]) => [name, { median: median(list), min: Math.min(...list), max: Math.max(...list) }]),
  )
}
