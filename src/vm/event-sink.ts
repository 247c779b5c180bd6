/** Where the events of a machine are written, one JSON line each. */
import { resolve } from 'node:path'
import type { Env } from '../cli/env.ts'
import { EnvironmentError, reasonOf } from '../cli/errors.ts'
import type { NodeEvent } from './vm.ts'

/** `-` is standard output; nothing: nowhere. The file is opened now, so that a wrong path does not cost a boot. */
export function eventSink(file: string | undefined, env: Env): (event: NodeEvent) => void {
  let put = writerTo(file, env)
  return event => {
    try {
      put(`${JSON.stringify(event)}\n`)
    } catch (error) {
      // The machine goes on: it may have work to finish.
      put = () => undefined
      env.stderr(`keelctl: events are not written any more: ${reasonOf(error) || 'nobody reads them'}\n`)
    }
  }
}

function writerTo(file: string | undefined, { fs, cwd, stdout }: Env): (line: string) => void {
  if (file === undefined) return () => undefined
  if (file === '-') return stdout
  try {
    const fd = fs.openSync(resolve(cwd, file), 'w')
    return line => void fs.writeSync(fd, line)
  } catch (error) {
    throw new EnvironmentError(`cannot write ${file}: ${reasonOf(error)}`)
  }
}
