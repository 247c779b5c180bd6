/** Every command, in the order of `keelctl --help`. */
import type { CommandRow } from '../cli/command-row.ts'

export const COMMANDS: readonly CommandRow[] = [
  {
    name: 'transpile',
    summary: 'turn node configs into the machine config that init applies',
    load: () => import('./transpile.ts'),
  },
  {
    name: 'check',
    summary: 'report every problem in node configs; write nothing',
    load: () => import('./check.ts'),
  },
  { name: 'schema', summary: 'print the JSON Schema of a contract', load: () => import('./schema.ts') },
  {
    name: 'explain',
    summary: 'explain a code, a place of the node config, or a pointer that init reported',
    load: () => import('./explain.ts'),
  },
  {
    name: 'external',
    summary: 'answer an external data source of Terraform or OpenTofu',
    load: () => import('./external.ts'),
  },
  {
    name: 'plan',
    summary: 'show what init would do to a machine, in order; change nothing',
    load: () => import('./plan.ts'),
  },
  {
    name: 'image build',
    summary: 'build a bootable image from the component lock',
    load: () => import('./image-build.ts'),
  },
  {
    name: 'image lock',
    summary: 'pin the component lock to what the package mirror has now',
    load: () => import('./image-lock.ts'),
  },
  {
    name: 'seed',
    summary: 'write a NoCloud seed with the machine config, to attach to a virtual machine',
    load: () => import('./seed.ts'),
  },
  {
    name: 'render',
    summary: 'print what starts a machine: for QEMU, libvirt or a boot server',
    load: () => import('./render.ts'),
  },
  {
    name: 'vm run',
    summary: 'boot an image in a virtual machine with a config',
    load: () => import('./vm-run.ts'),
  },
  { name: 'completion', summary: 'print completions for a shell', load: () => import('./completion.ts') },
]
