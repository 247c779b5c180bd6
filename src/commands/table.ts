/** Every command, in the order of `keelctl --help`. */
import type { CommandRow } from '../cli/command-row.ts'

export const COMMANDS: readonly CommandRow[] = [
  {
    name: 'transpile',
    summary: 'turn node configs into the machine config that init applies',
    exits: { 0: 'written', 1: 'the config has errors, or warnings with --strict; nothing is written' },
    load: () => import('./transpile.ts'),
  },
  {
    name: 'check',
    summary: 'report every problem in node configs; write nothing',
    exits: { 0: 'no errors', 1: 'a config has errors, or warnings with --strict' },
    load: () => import('./check.ts'),
  },
  {
    name: 'schema',
    summary: 'print the JSON Schema of a contract',
    exits: { 0: 'printed' },
    load: () => import('./schema.ts'),
  },
  {
    name: 'explain',
    summary: 'explain a code, a place of the node config, or a pointer that init reported',
    exits: { 0: 'explained' },
    load: () => import('./explain.ts'),
  },
  {
    name: 'external',
    summary: 'answer an external data source of Terraform or OpenTofu',
    exits: {
      0: 'one JSON object on standard output',
      1: 'a config has errors, or fits the platform in no form',
    },
    load: () => import('./external.ts'),
  },
  {
    name: 'plan',
    summary: 'show what init would do to a machine, in order; change nothing',
    exits: { 0: 'planned', 1: 'the config has errors, or a boot with it fails on this machine' },
    load: () => import('./plan.ts'),
  },
  {
    name: 'image build',
    summary: 'build a bootable image from the component lock',
    exits: { 0: 'built', 3: 'no checkout, a tool failed, or the mirror has not what the lock pins' },
    load: () => import('./image-build.ts'),
  },
  {
    name: 'image lock',
    summary: 'pin the packages of all component locks to what the package mirror has now',
    exits: {
      0: 'the locks pin what the mirror has; with --check: no line that is pinned has a newer patch',
      1: 'with --check: a line that is pinned has a newer patch',
      3: 'no checkout, or the mirror does not answer; --check names each that does not, and what it knows of the others',
    },
    load: () => import('./image-lock.ts'),
  },
  {
    name: 'seed',
    summary: 'write a NoCloud seed with the machine config, to attach to a virtual machine',
    exits: { 0: 'written', 1: 'the config has errors; nothing is written' },
    load: () => import('./seed.ts'),
  },
  {
    name: 'render',
    summary: 'print what starts a machine: for QEMU, libvirt or a boot server',
    exits: { 0: 'printed' },
    load: () => import('./render.ts'),
  },
  {
    name: 'vm run',
    summary: 'boot an image in a virtual machine with a config',
    exits: {
      0: 'the node was switched off in order',
      1: 'the config has errors; nothing is started',
      3: 'the boot failed, the machine had to be killed, or a file or program is missing',
    },
    load: () => import('./vm-run.ts'),
  },
  {
    name: 'completion',
    summary: 'print completions for a shell',
    exits: { 0: 'printed' },
    load: () => import('./completion.ts'),
  },
]
