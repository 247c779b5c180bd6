/** What `keelctl render` prints is a row: a target, the options that it needs and those that it accepts. */
import type { Accelerator } from '../vm/qemu.ts'

/** Every option of a target, by name. Paths are absolute. */
export interface Options {
  readonly disk?: string | undefined
  readonly seed?: string | undefined
  readonly name?: string | undefined
  /** In MiB. */
  readonly memory?: number | undefined
  readonly cpus?: number | undefined
  readonly accelerator?: Accelerator | undefined
  readonly network?: string | undefined
  readonly bridge?: string | undefined
  readonly mac?: string | undefined
  readonly events?: string | undefined
  /** What Vagrant calls the box. */
  readonly box?: string | undefined
  /** Ends in a slash. */
  readonly url?: string | undefined
  readonly interface?: string | undefined
  /** First and last address. */
  readonly dhcpRange?: string | undefined
  readonly gateway?: string | undefined
  readonly dns?: string | undefined
  readonly tftpRoot?: string | undefined
}

export type OptionName = keyof Options

export interface Target {
  /** For `--help` and the reference. */
  readonly description: string
  /** Without one of these it cannot be rendered. */
  readonly required: readonly OptionName[]
  /** What else it understands; anything more is a mistake. */
  readonly optional: readonly OptionName[]
  /** Pure: the same options give the same text. */
  readonly text: (options: Options) => string
}

/** A row whose text may count on what it needs: its caller has checked. */
export const target = <N extends OptionName>(
  row: Omit<Target, 'required' | 'text'> & {
    readonly required: readonly N[]
    readonly text: (options: Given<N>) => string
  },
): Target => ({ ...row, text: options => row.text(options as Given<N>) })

/** Options of which some are there. */
export type Given<N extends OptionName> = Options & { readonly [name in N]: NonNullable<Options[name]> }
