import { afterAll, beforeAll } from 'vitest'
import { type Diagnostic, LanguageServer } from './language-server.ts'

/** A language server for the tests of one file. */
export function editing() {
  let server: LanguageServer
  let opened = 0
  beforeAll(async () => {
    server = await LanguageServer.start()
  })
  afterAll(() => server.stop())
  return {
    server: () => server,
    /** A new document in the demo's folder, since a server keeps what it knows of a document. */
    open: async (text: string): Promise<{ file: string; found: readonly Diagnostic[] }> => {
      opened += 1
      const file = `fixtures/demo/opened-${opened}.keel.yaml`
      return { file, found: await server.open(file, text) }
    },
  }
}
