/** A real OpenTofu in a folder of its own, with the shipped module in it and a mirror of providers that has the stand-in alone. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import process from 'node:process'
import { buildTerraformPrograms, cacheFolder, nodeEnvironment } from '../../images/index.ts'

/** A version that `~> 2.3` accepts; the stand-in has none of its own. */
const PROVIDER_VERSION = '2.3.0'

export interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export class Tofu {
  readonly dir: string
  readonly #program: string
  readonly #config: string

  private constructor(dir: string, program: string) {
    this.dir = dir
    this.#program = program
    this.#config = join(dir, 'cli.tfrc')
  }

  /** From the cache, or built, which takes minutes. `files` are those of the example, or others. */
  static async open(source = 'fixtures/terraform'): Promise<Tofu> {
    const environment = nodeEnvironment(process.env, text => void process.stderr.write(text), false)
    const built = await buildTerraformPrograms(
      { checkout: process.cwd(), cache: cacheFolder(process.env) },
      environment,
    )
    const tofu = new Tofu(
      mkdtempSync(join(tmpdir(), 'keel-tofu-')),
      join(built['opentofu']?.dir ?? '', 'tofu'),
    )
    cpSync(source, tofu.dir, { recursive: true })
    // As npm installs it.
    mkdirSync(join(tofu.dir, 'bin'))
    symlinkSync(resolve('dist/keelctl'), join(tofu.dir, 'bin', 'keelctl'))
    tofu.#mirror(join(built['external-stand-in']?.dir ?? '', 'terraform-provider-external'))
    tofu.expect('init')
    return tofu
  }

  close(): void {
    rmSync(this.dir, { recursive: true })
  }

  /** Puts the stand-in where OpenTofu itself says that the provider `external` comes from. */
  #mirror(provider: string): void {
    const mirror = join(this.dir, 'mirror')
    mkdirSync(mirror)
    writeFileSync(
      this.#config,
      `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(mirror)}\n  }\n}\n`,
    )
    this.expect('get')
    const [, address] = /provider\[([^\]]+\/hashicorp\/external)\]/.exec(this.expect('providers')) ?? []
    if (address === undefined) throw new Error('tofu providers does not name the provider external')
    const folder = join(mirror, address, PROVIDER_VERSION, 'linux_amd64')
    mkdirSync(folder, { recursive: true })
    cpSync(provider, join(folder, `terraform-provider-external_v${PROVIDER_VERSION}`))
  }

  run(...args: string[]): Outcome {
    const { status, stdout, stderr } = spawnSync(this.#program, args, {
      cwd: this.dir,
      encoding: 'utf8',
      env: {
        PATH: [join(this.dir, 'bin'), process.env['PATH']].join(delimiter),
        HOME: this.dir,
        TF_CLI_CONFIG_FILE: this.#config,
        TF_IN_AUTOMATION: '1',
        CHECKPOINT_DISABLE: '1',
      },
    })
    return { status, stdout, stderr }
  }

  /** Standard output of a run that must succeed. */
  expect(...args: string[]): string {
    const { status, stdout, stderr } = this.run(...args, ...(args[0] === 'providers' ? [] : ['-no-color']))
    if (status !== 0) throw new Error(`tofu ${args.join(' ')} ended with ${status}\n${stdout}${stderr}`)
    return stdout
  }
}
