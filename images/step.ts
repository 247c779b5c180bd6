/** A step: how one thing is made of others. A value; apply.ts runs it. */
export interface Step {
  /** Also the name of its folder in the cache. */
  readonly id: string
  /** What a person reads while it runs. */
  readonly label: string
  /** The name of its folder in the cache where it is not the id: outputs that are kept next to each other. */
  readonly folder?: string
  /** Files and folders of the checkout whose content decides the result. */
  readonly files: readonly string[]
  /** Ends of the names of files in these folders, but not below them, that do not count. */
  readonly ignored?: readonly string[]
  /** Programs whose answer decides the result: versions of compilers, mostly. */
  readonly probes: readonly Probe[]
  /** Ids of steps whose output is used as `{id}`. */
  readonly needs: readonly string[]
  /** What is laid out under `{work}/root` before the first command. */
  readonly tree?: readonly TreeEntry[]
  /** Whether the commands ask a package mirror. */
  readonly suites?: readonly import('./environment.ts').WantedSuite[]
  readonly commands: readonly Command[]
  /** SHA-256 of output files that must come out so. */
  readonly expect?: Readonly<Record<string, string>>
}

/** `{out}` (what is kept), `{work}` (thrown away), `{checkout}`, `{cache}` and `{<id of a need>}` stand for folders. */
export interface Command {
  readonly argv: readonly string[]
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
}

/** `file`: the program prints a path, and the content of that file counts (a static library that is linked in). */
export interface Probe {
  readonly argv: readonly string[]
  readonly file?: true
}

/** What opens a file that most nodes never open: machines with such firmware or hardware, or programs of pods. */
export type OnlySome = 'uefi' | 'hardware' | 'workload'

/** One entry of a file tree. Owner is always root, every time is zero: neither says anything about the content. */
export type TreeEntry = {
  readonly path: string
  readonly mode: number
  readonly why: string
  readonly only?: OnlySome
} & (
  | { readonly kind: 'dir' }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'char'; readonly major: number; readonly minor: number }
  | { readonly kind: 'file'; readonly bytes: Uint8Array }
)
