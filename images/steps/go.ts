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
}

const STATIC_PIE =
  "-linkmode external -extldflags '-static-pie -Wl,--build-id=none -Wl,-z,pack-relative-relocs'"

/** Programs from the module proxy: static, stripped, without paths, version control or build ids, so that the same lock gives the same bytes. */
export function goStep(
  component: Component & { origin: OriginOf<'go'> },
  programs: readonly GoProgram[],
): Step {
  const wrapper = `images/go/${component.origin.wrapper}`
  return {
    id: component.name,
    label: `${component.name} ${component.version} built from its Go module`,
    files: [wrapper],
    probes: [{ argv: ['go', 'version'] }, ...cgoProbes(programs)],
    needs: [],
    commands: programs.map(program => goBuild(program, wrapper, '{out}')),
  }
}

/** Builds one program of a module of the checkout into a folder. */
export const goBuild = (program: GoProgram, module: string, folder: string): Command => ({
  argv: [
    'go',
    'build',
    '-trimpath',
    '-buildvcs=false',
    '-mod=readonly',
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
