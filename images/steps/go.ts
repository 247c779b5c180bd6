import type { Component, OriginOf } from '../lock.ts'
import type { Command, Probe, Step } from '../step.ts'

/** One program of a Go component: a package path, or `.` for the wrapper's own main. */
export interface GoProgram {
  readonly name: string
  readonly package: string
  readonly tags: readonly string[]
  /** Variables stamped into the binary: an unstamped kubelet calls itself v0.0.0 and breaks skew checks. */
  readonly stamp: Readonly<Record<string, string>>
  /** Needs C: linked static-pie against the machine's own static libraries, which then count as inputs. */
  readonly cgo?: readonly string[]
  /** The program that runs the package's tests. */
  readonly isTest?: true
}

const STATIC_PIE =
  "-linkmode external -extldflags '-static-pie -Wl,--build-id=none -Wl,-z,pack-relative-relocs'"

/** Programs from the module proxy: static, stripped, without paths, version control or build ids, so that the same lock gives the same bytes. */
export function goStep(
  component: Component & { origin: OriginOf<'go'> },
  programs: readonly GoProgram[],
): Step {
  const wrapper = `images/go/${component.origin.wrapper}`
  const { modfile } = component.origin
  const named = modfile ?? 'go.mod'
  return {
    id: component.name,
    label: `${component.name} ${component.version} built from its Go module`,
    // One of several versions of a wrapper is kept apart from the others, and does not change with them.
    ...(modfile && { folder: `${component.name}-${component.version}` }),
    files: [wrapper, `${wrapper}/${named}`, `${wrapper}/${named.replace(/mod$/, 'sum')}`],
    ignored: ['.mod', '.sum'],
    probes: [{ argv: ['go', 'version'] }, ...cgoProbes(programs)],
    needs: [],
    commands: programs.map(program => goBuild(program, wrapper, '{out}', modfile)),
  }
}

/** Builds one program of a module of the checkout into a folder. `modfile`: which of the module's go.mod files, unless go.mod. */
export const goBuild = (program: GoProgram, module: string, folder: string, modfile?: string): Command => ({
  argv: [
    'go',
    ...(program.isTest ? ['test', '-c'] : ['build']),
    '-trimpath',
    '-buildvcs=false',
    '-mod=readonly',
    ...(modfile ? [`-modfile=${modfile}`] : []),
    ...flagsOf(program),
    '-o',
    `${folder}/${program.name}`,
    program.package,
  ],
  cwd: `{checkout}/${module}`,
  env: {
    CGO_ENABLED: program.cgo ? '1' : '0',
    GOFLAGS: '',
    GOWORK: 'off',
    GOOS: 'linux',
    GOARCH: 'amd64',
    GOAMD64: 'v1',
  },
})

function flagsOf({ tags, stamp, cgo }: GoProgram): string[] {
  const stamps = Object.entries(stamp).map(([name, value]) => `-X ${name}=${value}`)
  const ldflags = ['-s -w -buildid=', ...(cgo ? [STATIC_PIE] : []), ...stamps].join(' ')
  return [
    ...(cgo ? ['-buildmode=pie'] : []),
    ...(tags.length > 0 ? ['-tags', tags.join(',')] : []),
    '-ldflags',
    ldflags,
  ]
}

function cgoProbes(programs: readonly GoProgram[]): Probe[] {
  const archives = [...new Set(programs.flatMap(program => program.cgo ?? []))]
  if (archives.length === 0) return []
  return [
    { argv: ['gcc', '-dumpfullversion'] },
    ...archives.map(name => ({ argv: ['gcc', `-print-file-name=${name}`], file: true as const })),
  ]
}
