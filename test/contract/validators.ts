/** The two validators of machine configs: ajv with the strict reader, and keel-init. */
import { execFile, execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { readMachineConfig } from '../../transpiler/index.ts'

const TARGET = 'x86_64-unknown-linux-gnu'

export function keelctlAccepts(bytes: Uint8Array): boolean {
  return 'machine' in readMachineConfig(bytes)
}

/** keel-init as KEEL_INIT names it, else built now from this checkout. */
export function keelInit(): string {
  const given = process.env['KEEL_INIT']
  if (given !== undefined) return given
  const target = process.env['CARGO_TARGET_DIR'] ?? 'init-stub/target'
  execFileSync('cargo', ['build', '--quiet'], { cwd: 'init-stub', stdio: ['ignore', 'ignore', 'inherit'] })
  const built = resolve(target, TARGET, 'debug', 'keel-init')
  if (!existsSync(built)) throw new Error(`cargo build left no ${built}`)
  return built
}

/** Which of the files keel-init accepts: by the schema alone, as ajv does, or as at a boot. */
export async function keelInitAccepts(
  init: string,
  files: readonly string[],
  by: 'schema' | 'boot' = 'schema',
): Promise<Set<string>> {
  const accepted = new Set<string>()
  const answered = new Set<string>()
  // A command line holds some thousands of names.
  for (let at = 0; at < files.length; at += 2000) {
    const { stdout } = await verdicts(init, by, files.slice(at, at + 2000))
    for (const line of stdout.split('\n')) {
      const [verdict, file = ''] = line.split(' ')
      if (verdict === 'accept') accepted.add(file)
      if (verdict === 'accept' || verdict === 'refuse') answered.add(file)
    }
  }
  const silent = files.filter(file => !answered.has(file))
  if (silent.length > 0)
    throw new Error(`keel-init check said nothing about ${silent.slice(0, 5).join(', ')}`)
  return accepted
}

async function verdicts(
  init: string,
  by: 'schema' | 'boot',
  files: readonly string[],
): Promise<{ stdout: string }> {
  const run = promisify(execFile)
  const flags = by === 'schema' ? ['--schema-only'] : []
  return run(init, ['check', ...flags, ...files], { maxBuffer: 2 ** 28 }).catch(
    (error: { code?: number; stdout?: string }) => {
      // 1: at least one is refused.
      if (error.code === 1 && error.stdout) return { stdout: error.stdout }
      throw error
    },
  )
}
