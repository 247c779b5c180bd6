import type { Step, TreeEntry } from '../step.ts'

/** What pods' own programs read of the node's modules, with what reads it. */
export const MODULE_LISTS: Readonly<Record<string, string>> = {
  'modules.alias': "busybox' modprobe, which many images of pods bring, reads aliases here.",
  'modules.alias.bin': "kmod's modprobe, which pods bring, reads aliases here.",
  'modules.builtin.alias.bin': 'kmod looks here for an alias of a part of the kernel.',
  'modules.builtin.bin': 'kmod looks here for a module that is part of the kernel.',
  'modules.builtin.modinfo': 'kmod describes from it what is part of the kernel.',
  'modules.dep': "busybox' modprobe finds a module here.",
  'modules.dep.bin': 'kmod finds a module here, and what it needs.',
  'modules.softdep': 'kmod reads here what is to be loaded before a module.',
  'modules.symbols.bin': 'kmod reads symbols here, which are names of modules, too.',
}

/** What the kernel package says about the kernel, and depmod needs. */
export const OF_KERNEL = ['modules.builtin', 'modules.builtin.modinfo', 'modules.order']

/** The lists of just the image's modules, by the program that distributions use: those of the package would name files that are not there. */
export const moduleListsStep = (tree: readonly TreeEntry[], release: string): Step => ({
  id: 'module-lists',
  label: 'modules of the image listed',
  files: [],
  probes: [{ argv: ['depmod', '--version'] }],
  needs: [],
  tree,
  commands: [
    // The machine's own configuration of depmod does not count.
    { argv: ['depmod', '-C', '/dev/null', '-b', '{work}/root', release], cwd: '{work}' },
    ...Object.keys(MODULE_LISTS).map(name => ({
      argv: ['cp', `{work}/root/lib/modules/${release}/${name}`, '{out}/'],
      cwd: '{work}',
    })),
  ],
})
