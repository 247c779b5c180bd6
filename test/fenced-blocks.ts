import { readFileSync } from 'node:fs'

/** One fenced block of a page: the words behind its fence, and what is in it. */
export interface Block {
  readonly info: string
  readonly text: string
}

/** All blocks of a page, in the order in which they stand there. */
export function fencedBlocks(page: string): Block[] {
  const blocks = readFileSync(page, 'utf8').matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)
  return [...blocks].map(([, info = '', text = '']) => ({ info, text }))
}

/** What a guide has to be tried: its configs and its commands. */
export function blocksOf(guide: string): { yaml: string[]; commands: string[] } {
  const inLanguage = (wanted: string) =>
    fencedBlocks(guide).flatMap(({ info, text }) => (info.split(' ')[0] === wanted ? [text] : []))
  return { yaml: inLanguage('yaml'), commands: inLanguage('sh') }
}
