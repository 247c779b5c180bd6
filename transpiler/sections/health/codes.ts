/** health: what can be wrong. */
import { choice, code, error, write } from '../../diag/define.ts'

export const HEALTH_CODES = {
  'health-node-ready': error<{ role: string }>(
    a => `a node of the role ${code(a.role)} has no Node that could be Ready`,
    () => 'remove the key, or add a probe that asks what the node is for',
  ),
  'health-probe-address': error<{ text: string; why: string; better: string | undefined }>(
    a => `${code(a.text)} cannot be asked: ${a.why}`,
    a => write(a.better) ?? 'write a host and a port, for example `127.0.0.1:10250`',
  ),
  'health-probe-choice': error<{ given: readonly string[] }>(a =>
    choice('a probe', a.given, ['http', 'tcp']),
  ),
  'health-probe-status': error(
    () => 'a probe of a port has no status',
    () => 'remove it, or ask by http',
  ),
  'health-probe-twice': error<{ text: string }>(a => `${code(a.text)} is asked twice`),
  'health-probe-url': error<{ url: string; why: string; better: string | undefined }>(
    a => `${code(a.url)} cannot be asked: ${a.why}`,
    a => write(a.better) ?? 'write an address such as `http://127.0.0.1:8080/healthz`',
  ),
  'health-stable-order': error<{ stableFor: string; timeout: string }>(
    a => `the node cannot be healthy for ${code(a.stableFor)} within ${code(a.timeout)}`,
    () => 'make timeout longer than stableFor',
  ),
} as const
