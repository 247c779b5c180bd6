/** The language server that editors use for YAML, as they use it: a process, and the language server protocol over its standard streams. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'

const SERVER = resolve('node_modules/yaml-language-server/bin/yaml-language-server')

/** Without the catalogue of schemas on the web: a config's first line alone names its schema. */
const SETTINGS = {
  yaml: { validate: true, hover: true, completion: true, schemaStore: { enable: false, url: '' } },
}

interface Message {
  readonly id?: number
  readonly method?: string
  readonly params?: unknown
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

/** Line and column from 0, as the protocol counts. */
export interface Cursor {
  readonly line: number
  readonly character: number
}

export interface Diagnostic {
  readonly message: string
  readonly range: { readonly start: Cursor; readonly end: Cursor }
}

export class LanguageServer {
  readonly #child: ChildProcess
  readonly #answers = new Map<number, (message: Message) => void>()
  readonly #diagnostics = new Map<string, (found: readonly Diagnostic[]) => void>()
  #input: Buffer = Buffer.alloc(0)
  #lastId = 0

  private constructor() {
    this.#child = spawn(process.execPath, [SERVER, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#child.stdout?.on('data', (bytes: Buffer) => this.#take(bytes))
  }

  static async start(): Promise<LanguageServer> {
    const server = new LanguageServer()
    await server.#ask('initialize', {
      processId: process.pid,
      rootUri: pathToFileURL(resolve('.')).href,
      capabilities: { textDocument: { hover: { contentFormat: ['markdown'] } } },
    })
    server.#notify('initialized', {})
    server.#notify('workspace/didChangeConfiguration', { settings: SETTINGS })
    return server
  }

  async stop(): Promise<void> {
    const gone = once(this.#child, 'exit')
    await this.#ask('shutdown', null)
    this.#notify('exit', null)
    await gone
  }

  /** Opens a document and gives what the server finds wrong with it. */
  async open(file: string, text: string): Promise<readonly Diagnostic[]> {
    const uri = uriOf(file)
    const found = new Promise<readonly Diagnostic[]>(done => this.#diagnostics.set(uri, done))
    this.#notify('textDocument/didOpen', { textDocument: { uri, languageId: 'yaml', version: 1, text } })
    return found
  }

  /** Labels of what is offered at the cursor. */
  async completion(file: string, position: Cursor): Promise<string[]> {
    const answer = await this.#ask('textDocument/completion', {
      textDocument: { uri: uriOf(file) },
      position,
    })
    return (answer as { items: { label: string }[] }).items.map(({ label }) => label)
  }

  /** The hover text of the word under the cursor. */
  async hover(file: string, position: Cursor): Promise<string> {
    const answer = await this.#ask('textDocument/hover', { textDocument: { uri: uriOf(file) }, position })
    return (answer as { contents: { value: string } } | null)?.contents.value ?? ''
  }

  #ask(method: string, params: unknown): Promise<unknown> {
    const id = ++this.#lastId
    return new Promise((done, fail) => {
      this.#answers.set(id, ({ result, error }) => (error ? fail(new Error(error.message)) : done(result)))
      this.#send({ id, method, params })
    })
  }

  #notify(method: string, params: unknown): void {
    this.#send({ method, params })
  }

  #send(message: Message): void {
    const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }))
    this.#child.stdin?.write(`Content-Length: ${body.length}\r\n\r\n`)
    this.#child.stdin?.write(body)
  }

  #take(bytes: Buffer): void {
    this.#input = Buffer.concat([this.#input, bytes])
    for (;;) {
      const end = this.#input.indexOf('\r\n\r\n')
      if (end === -1) return
      const length = Number(/Content-Length: (\d+)/i.exec(this.#input.toString('latin1', 0, end))?.[1])
      if (this.#input.length < end + 4 + length) return
      const body = this.#input.toString('utf8', end + 4, end + 4 + length)
      this.#input = this.#input.subarray(end + 4 + length)
      this.#receive(JSON.parse(body))
    }
  }

  #receive(message: Message): void {
    const { id, method, params } = message
    if (id !== undefined && method === undefined) {
      this.#answers.get(id)?.(message)
      this.#answers.delete(id)
    } else if (method === 'textDocument/publishDiagnostics') {
      const { uri, diagnostics } = params as { uri: string; diagnostics: Diagnostic[] }
      this.#diagnostics.get(uri)?.(diagnostics)
    } else if (id !== undefined) {
      // What a server asks of its editor may be left unanswered in substance, but not unanswered.
      this.#send({ id, result: null })
    }
  }
}

const uriOf = (file: string) => pathToFileURL(resolve(file)).href
