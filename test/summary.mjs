// What a run of tests says at its end: a row for each part, and the sums. No dependencies: it runs before npm ci.

/** Several results as one. */
export function sum(results) {
  return {
    passed: results.reduce((total, { passed }) => total + passed, 0),
    failed: results.reduce((total, { failed }) => total + failed, 0),
    why: results
      .map(({ why }) => why)
      .filter(Boolean)
      .join('\n'),
  }
}

/** A row for each part that ran, the time of all since `started`, and `N passed, N failed` as the last line; the process ends accordingly. */
export function showSummary(rows, started) {
  const width = Math.max(10, ...rows.map(({ name }) => name.length))
  const line = (name, seconds, rest = '') =>
    `${name.padEnd(width)} ${`${seconds.toFixed(1)} s`.padStart(9)}${rest}`
  for (const { name, seconds, passed, failed } of rows)
    console.log(line(name, seconds, ` ${passed} passed${failed ? `, ${failed} FAILED` : ''}`))
  console.log(line('all', (Date.now() - started) / 1000))
  const total = sum(rows)
  console.log(`${total.passed} passed, ${total.failed} failed`)
  process.exitCode = total.failed === 0 ? 0 : 1
}
