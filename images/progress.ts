import type { Progress } from './environment.ts'

/** A step quicker than this says nothing. */
const SILENT_MS = 2_000
const TERMINAL_MS = 500
const LINES_MS = 15_000

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

/** Elapsed time of every step over two seconds: one changing line on a terminal, elsewhere a line at its start, every 15 s, and at its end. */
export function progressOn(write: (text: string) => void, isTerminal: boolean): Progress {
  const shown = (label: string, ms: number): string =>
    isTerminal ? `\r\x1b[K  ${label} … ${seconds(ms)}` : `  ${label} … ${seconds(ms)}\n`
  return {
    warn: text => write(`${isTerminal ? '\r\x1b[K' : ''}warning: ${text}\n`),
    step: async (label, work) => {
      const started = Date.now()
      const elapsed = (): number => Date.now() - started
      let repeat: NodeJS.Timeout | undefined
      const first = setTimeout(() => {
        write(shown(label, elapsed()))
        repeat = setInterval(() => write(shown(label, elapsed())), isTerminal ? TERMINAL_MS : LINES_MS)
      }, SILENT_MS)
      let mark = '✗'
      try {
        const result = await work()
        mark = '✓'
        return result
      } finally {
        clearTimeout(first)
        clearInterval(repeat)
        if (elapsed() >= SILENT_MS || mark === '✗')
          write(`${isTerminal ? '\r\x1b[K' : ''}${mark} ${label} ${seconds(elapsed())}\n`)
      }
    },
  }
}
