import { readFileSync } from 'node:fs'

/** The rows of the table below a heading of a page: their cells as text, without the marks of code. */
export function docsTable(page: string, heading: string): string[][] {
  const [, section] = readFileSync(page, 'utf8').split(`# ${heading}\n`)
  const lines = section?.split(/^#/m)[0]?.match(/^\|.*\|$/gm) ?? []
  const [, , ...rows] = lines
  if (rows.length === 0) throw new Error(`${page} has no table below "${heading}"`)
  return rows.map(row =>
    row
      .slice(1, -1)
      .split('|')
      .map(cell => cell.trim().replaceAll('`', '')),
  )
}

/** The words of a cell that lists several things with commas between them; an empty cell lists nothing. */
export const listed = (cell = ''): string[] => cell.split(/,\s*/).filter(Boolean)
