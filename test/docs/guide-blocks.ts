/** The blocks of a guide that are to be tried. */
import { fencedBlocks } from '../fenced-blocks.ts'

/** In the order in which they stand there. */
export function blocksOf(page: string): { yaml: string[]; commands: string[] } {
  const inLanguage = (wanted: string) =>
    fencedBlocks(page).flatMap(({ info, text }) => (info.split(' ')[0] === wanted ? [text] : []))
  return { yaml: inLanguage('yaml'), commands: inLanguage('sh') }
}
