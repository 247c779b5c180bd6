/** What building an image needs of the outside. apply.ts alone calls what changes something; tests pass a recorder. */
export interface Environment {
  /** Environment variables of the caller: Go's and cargo's own settings hold. */
  readonly vars: Readonly<Record<string, string | undefined>>
  readonly fs: Files
  /** Runs a program to its end. Never through a shell. Rejects only if it cannot be started. */
  readonly run: (argv: readonly string[], options?: RunOptions) => Promise<RunResult>
  readonly progress: Progress
  /** The environment of a private apt in `dir` (images/apt.mjs). */
  readonly privateApt: (dir: string, wanted: readonly WantedSuite[]) => Record<string, string>
}

/** Where a package comes from, as apt names it. */
export interface WantedSuite {
  type: 'deb' | 'deb-src'
  suite: string
}

export interface RunOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

export interface RunResult {
  readonly code: number
  readonly stdout: string
  /** Both streams, in the order they came, for the failure message. */
  readonly output: string
}

/** The part of node:fs that images use. */
export interface Files {
  read(path: string): Uint8Array
  /** Names in a folder. */
  list(path: string): string[]
  isFolder(path: string): boolean
  exists(path: string): boolean
  write(path: string, bytes: Uint8Array | string, mode?: number): void
  /** A file of this size, zeros but for the pieces, which take all the room that it takes. */
  writeSparse(path: string, sizeBytes: number, pieces: readonly import('./layout/piece.ts').Piece[]): void
  mkdir(path: string, mode?: number): void
  link(target: string, path: string): void
  /** Atomic where both are on one file system. */
  rename(from: string, to: string): void
  remove(path: string): void
  /** Notes that something was used now. */
  touch(path: string): void
  /** When it was, in milliseconds. */
  usedAt(path: string): number
}

/** Tells a person what goes on. A step that is quick says nothing. */
export interface Progress {
  step<T>(label: string, work: () => Promise<T>): Promise<T>
  /** Something the person must know whatever the verbosity. */
  warn(text: string): void
}

/** The environment failed: a program, the mirror, the disk. `hint` says what to do. */
export class BuildFailed extends Error {
  readonly hint: string
  constructor(message: string, hint: string) {
    super(message)
    this.hint = hint
  }
}
