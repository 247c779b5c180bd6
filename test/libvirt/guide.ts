/** The blocks of a guide that are to be tried. */
import { readFileSync } from 'node:fs'

/** In the order in which they stand there. */
export function blocksOf(page: string): { yaml: string[]; commands: string[] } {
  const blocks = [...readFileSync(page, 'utf8').matchAll(/^```(\w+).*\n([\s\S]*?)^```$/gm)]
  const inLanguage = (wanted: string) =>
    blocks.flatMap(([, language, text = '']) => (language === wanted ? [text] : []))
  return { yaml: inLanguage('yaml'), commands: inLanguage('sh') }
}
