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
