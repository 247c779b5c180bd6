// The table of long runs in docs/testing.md. Pure.

const [BEGIN, END] = ['<!-- measured by npm run test:long -->', '<!-- /measured -->']

/** The page with these rows in its table; those of other targets stay. Each row has the day and the commit that it is of. */
export function withTable(page, rows) {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (from < 0 || to < from) throw new Error(`the page has no place for a table: ${BEGIN} … ${END}`)
  const kept = page
    .slice(from, to)
    .split('\n')
    .filter(line => line.startsWith('| ') && !/^\| (target|---)/.test(line))
  const byName = new Map(kept.map(line => [line.split('|')[1].trim(), line]))
  for (const { name, minutes, seconds, passed, failed, known = 0, where } of rows) {
    const others = [known > 0 && `${known} known failures`, failed > 0 && `**${failed} failed**`]
    const outcome = [`${passed} passed`, ...others.filter(Boolean)].join(', ')
    const time = minutes ? `${minutes} min of inputs` : `${Math.round(seconds)} s`
    byName.set(name, `| ${name} | ${outcome} | ${time} | ${where} |`)
  }
  const lines = [BEGIN, '| target | outcome | time | when |', '| --- | --- | --- | --- |', ...byName.values()]
  return `${page.slice(0, from)}${lines.join('\n')}\n${page.slice(to)}`
}
