/** A recipe: everything an image consists of, each file with its reason. Data; plan.ts turns it into steps. */
import type { GoProgram } from './steps/go.ts'

export interface Recipe {
  readonly name: string
  /** Component of the lock that is the kernel. */
  readonly kernel: string
  /** Component of the lock that starts a kernel from a disk or as one EFI program. */
  readonly loader: string
  /** Component of the lock that holds the certificate authorities of the web. */
  readonly authorities: string
  /** The kernel command line where nothing else sets it. The last console is the one that PID 1 has open. */
  readonly cmdline: string
  /** Go components and the programs built of each. */
  readonly programs: Readonly<Record<string, (version: string) => readonly GoProgram[]>>
  readonly modules: readonly ModuleRow[]
  readonly files: readonly FileRow[]
  readonly images: readonly ContainerImage[]
  /** The name of the image that containerd never lets the kubelet remove. */
  readonly pinnedImage: string
}

/** A kernel module. Its dependencies come along and are not listed. */
export interface ModuleRow {
  readonly name: string
  /**
   * `initramfs` and `boot` are loaded by init, in this order; `device` waits until the machine has a device for it, `ask`
   * until the kernel or init asks for it. `early` is the same in the initramfs and in the root.
   */
  readonly load: 'initramfs' | 'early' | 'boot' | 'device' | 'ask'
  readonly why: string
  /** Only machines with such firmware, or with such hardware, ever open it, so that no other machine can show its need. */
  readonly only?: 'uefi' | 'hardware'
}

/** A file of the root. */
export interface FileRow {
  readonly path: string
  readonly mode: number
  readonly from: FileSource
  readonly why: string
}

/** Where a file's bytes come from: a step's output, or the recipe itself. */
export type FileSource =
  | { readonly step: string; readonly file: string }
  /** All text files of a folder as one, in the order of their names. */
  | { readonly step: string; readonly folder: string }
  | { readonly text: string }
  | { readonly link: string }
  | { readonly dir: true }

/** A container image that the root carries, made of one workload. */
export interface ContainerImage {
  readonly name: string
  readonly workload: string
  readonly path: string
  readonly why: string
}
