/** A suite of Ginkgo, the runner of Kubernetes' tests, and what its report says. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'

/** How one test ended. */
export interface Outcome {
  readonly name: string
  /** Ginkgo's word: `passed`, `failed`, `timedout`, … */
  readonly state: string
  readonly seconds: number
  /** Its words for what went wrong. */
  readonly why: string
}

const NANOSECONDS = 1e9

/** Runs a suite to its end, whether its tests pass or not, with its output in a file. The environment is no more than a path and a home. */
export async function runSuite(argv: readonly string[], home: string, log: string): Promise<void> {
  const [program = '', ...rest] = argv
  const file = openSync(log, 'a')
  const env = { PATH: `${process.env['PATH']}:/usr/sbin:/sbin`, HOME: home, TMPDIR: home }
  const child = spawn(program, rest, { env, cwd: home, stdio: ['ignore', file, file] })
  closeSync(file)
  await once(child, 'exit')
}

interface Spec {
  readonly ContainerHierarchyTexts: string[] | null
  readonly LeafNodeText: string
  readonly LeafNodeType: string
  readonly State: string
  readonly RunTime: number
  readonly Failure?: { readonly Message: string }
}

/** The tests that a report of `--ginkgo.json-report` has, without those that were not chosen. */
export function outcomesIn(report: string): Outcome[] {
  const suites = JSON.parse(readFileSync(report, 'utf8')) as { SpecReports: Spec[] | null }[]
  return suites
    .flatMap(({ SpecReports }) => SpecReports ?? [])
    .filter(({ LeafNodeType, State }) => LeafNodeType === 'It' && State !== 'skipped' && State !== 'pending')
    .map(({ ContainerHierarchyTexts, LeafNodeText, State, RunTime, Failure }) => ({
      name: [...(ContainerHierarchyTexts ?? []), LeafNodeText].join(' '),
      state: State,
      seconds: Math.round(RunTime / NANOSECONDS),
      why: Failure?.Message ?? '',
    }))
}

/** One line for each test, and how many passed: what somebody reads while the next ones run. */
export function show(outcomes: readonly Outcome[]): void {
  for (const { name, state, seconds, why } of outcomes)
    process.stderr.write(`  ${state} ${seconds} s ${name}${why && `: ${inShort(why)}`}\n`)
  process.stderr.write(`  ${countOf(outcomes, 'passed')} of ${outcomes.length} passed\n`)
}

const inShort = (text: string): string => text.replaceAll(/\s+/g, ' ').slice(0, 400)

export const countOf = (outcomes: readonly Outcome[], state: string): number =>
  outcomes.filter(outcome => outcome.state === state).length
