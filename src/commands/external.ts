/** keelctl external: node configs for Terraform and OpenTofu, by the protocol of their external data source. */
import { createHash } from 'node:crypto'
import process from 'node:process'
import { renderPretty, summaryOf } from '../../transpiler/diag/render-pretty.ts'
import { type Diagnostic, type Result, secretsIn, transpile } from '../../transpiler/index.ts'
import { Command } from '../cli/command-line.ts'
import type { Env } from '../cli/env.ts'
import { UsageError } from '../cli/errors.ts'
import { readLocalWith } from '../config/read-sources.ts'
import { type Query, type RequestedConfig, readQuery } from '../terraform/external-query.ts'
import { gzipped } from '../terraform/gzip.ts'
import { limitUsage } from '../terraform/user-data-limits.ts'

/** A wanted machine config and what became of it. */
type TranspiledConfig = RequestedConfig & { readonly result: Result }

/** A machine config as Terraform takes it. */
interface Document {
  readonly suffix: string
  readonly values: Readonly<Record<string, string>>
  /** Its share of the platform's limit, as text. */
  readonly size?: string
  readonly isTooLarge: boolean
}

/** 0: one JSON object of texts on stdout. 1: the configs have errors, or do not fit; the first line of stderr says which is first. */
export function external(env: Env): 0 | 1 {
  const query = readQuery(env)
  const readLocal = readLocalWith(env, query.filesDir)
  const made = query.wanted.map(wanted => ({ ...wanted, result: transpile(wanted.sources, { readLocal }) }))
  const problems = made.flatMap(one =>
    one.result.diagnostics.map(diagnostic => ({ line: lineOf(one, diagnostic), diagnostic })),
  )
  const worst = problems.find(({ diagnostic }) => diagnostic.severity === 'error') ?? problems[0]
  const isRefused = query.isStrict || problems.some(({ diagnostic }) => diagnostic.severity === 'error')
  if (worst !== undefined && isRefused) {
    env.stderr(
      `keelctl: ${summaryOf(problems.map(one => one.diagnostic))}: ${worst.line}\n\n${framesOf(made)}`,
    )
    return 1
  }
  refuseTerminal(made, env)
  const documents = made.map(one => documentOf(one, query))
  const tooLarge = documents.filter(one => one.isTooLarge)
  for (const { size } of tooLarge) env.stderr(`keelctl: too large: ${size}\n`)
  if (tooLarge.length > 0) return 1
  for (const { size } of documents) if (size !== undefined) env.stderr(`${size}\n`)
  const values = documents.flatMap(one =>
    Object.entries(one.values).map(([key, value]) => [`${key}${one.suffix}`, value]),
  )
  const all = {
    config_version: made[0]?.result.machine?.apiVersion ?? '',
    warnings: JSON.stringify(problems.map(({ line }) => line)),
    warning_count: String(problems.length),
  }
  env.stdout(`${JSON.stringify({ ...Object.fromEntries(values), ...all })}\n`)
  return 0
}

/** One line, with the node's name if there may be several. */
function lineOf({ name }: RequestedConfig, { code, message, location }: Diagnostic): string {
  const place = location ? `${location.file}:${location.line}:${location.col}` : ''
  const where = name === undefined ? place : place === '' ? oneLine(name) : `${oneLine(name)} (${place})`
  return `${oneLine(where)} ${code}: ${oneLine(message)}`.trim()
}

/** Terraform shows what stands on standard error as it is, so no name may bring lines or colours into it. */
const oneLine = (text: string) => text.replace(/\p{Cc}/gu, ' ')

function framesOf(made: readonly TranspiledConfig[]): string {
  return made
    .filter(({ result }) => result.diagnostics.length > 0)
    .map(({ name, result }) => `${name === undefined ? '' : `${oneLine(name)}:\n`}${renderPretty(result)}`)
    .join('\n')
}

function refuseTerminal(made: readonly TranspiledConfig[], { isTerminal }: Env): void {
  const machines = made.flatMap(({ result }) => result.machine ?? [])
  if (isTerminal.stdout && machines.some(machine => secretsIn(machine).length > 0))
    throw new UsageError('this machine config holds a secret and standard output is a terminal; use a pipe')
}

function documentOf({ name, result }: TranspiledConfig, { platform }: Query): Document {
  const text = result.text ?? ''
  const bytes = Buffer.from(text)
  const packed = gzipped(bytes)
  const use = platform === undefined ? undefined : limitUsage(platform, bytes, packed)
  const whose = name === undefined ? 'the machine config' : oneLine(name)
  return {
    suffix: name === undefined ? '' : `.${name}`,
    values: {
      rendered: text,
      rendered_base64: bytes.toString('base64'),
      rendered_gzip_base64: Buffer.from(packed).toString('base64'),
      sha256: createHash('sha256').update(bytes).digest('hex'),
      size_bytes: String(bytes.length),
      ...(use && {
        platform_limit_bytes: String(use.limitBytes),
        platform_size_bytes: String(use.plainBytes),
        platform_gzip_size_bytes: String(use.packedBytes),
      }),
    },
    ...(use && {
      size: `${whose}: ${use.plainBytes} of ${use.limitBytes} bytes on ${platform}, packed ${use.packedBytes}`,
    }),
    isTooLarge: use !== undefined && Math.min(use.plainBytes, use.packedBytes) > use.limitBytes,
  }
}

export const command = (env: Env): Command =>
  new Command().addHelpText('before', examples).action(() => {
    process.exitCode = external(env)
  })

const examples = `Examples:
  echo '{"path":"worker.keel.yaml"}' | keelctl external
  echo '{"path":"worker.keel.yaml","strict":"true","platform":"aws"}' | keelctl external

In Terraform or OpenTofu:
  data "external" "worker" {
    program = ["keelctl", "external"]
    query   = { path = "worker.keel.yaml", platform = "aws" }
  }

Keys of the query: content or path; files_dir, snippets, strict, platform, pretty, batch.
Keys of the result: rendered, rendered_base64, rendered_gzip_base64, sha256, size_bytes, config_version, warnings,
warning_count; in a batch the first five end in .<name>.
`
