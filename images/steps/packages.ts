import type { Component, OriginOf, Package } from '../lock.ts'
import type { Step } from '../step.ts'

const fetchId = (name: string): string => `${name}-package`

/** The package file itself, or the files of a source package. Kept, so that a later build needs no mirror. */
export function fetchStep({ name, version, origin }: Package): Step {
  const isSource = origin.kind === 'deb-src'
  const wanted = `${origin.package}=${version}`
  return {
    id: fetchId(name),
    label: `${origin.package} ${version} fetched from the package mirror`,
    files: [],
    probes: [],
    needs: [],
    suites: origin.suites.map(suite => ({ type: origin.kind, suite })),
    commands: isSource
      ? [{ argv: ['apt-get', 'source', '--download-only', wanted], cwd: '{out}' }]
      : [
          { argv: ['apt-get', 'download', wanted], cwd: '{work}' },
          {
            argv: ['find', '{work}', '-name', '*.deb', '-exec', 'mv', '{}', '{out}/package.deb', ';'],
            cwd: '{work}',
          },
        ],
    expect: isSource
      ? Object.fromEntries(origin.files.map(file => [file.name, file.sha256]))
      : { 'package.deb': origin.sha256 },
  }
}

/** Vmlinuz, config and modules of a kernel package, with the dependency lists that it does not carry. */
export function kernelStep(component: Component & { origin: OriginOf<'deb'> }): Step {
  return {
    id: component.name,
    label: `kernel ${component.version} unpacked and indexed`,
    files: [],
    probes: [{ argv: ['depmod', '--version'] }],
    needs: [fetchId(component.name)],
    commands: [
      { argv: ['dpkg-deb', '-x', `{${fetchId(component.name)}}/package.deb`, '{out}'], cwd: '{work}' },
      // The kernel could unpack them at every boot, which took a third of a second; the root image packs them again anyway.
      {
        argv: ['find', '{out}/usr/lib/modules', '-name', '*.ko.xz', '-exec', 'xz', '-d', '{}', '+'],
        cwd: '{work}',
      },
      { argv: ['depmod', '-b', '{out}/usr', releaseOf(component)], cwd: '{work}' },
    ],
  }
}

/** A package whose files are used as they are. */
export function unpackStep({ name, version }: Component): Step {
  return {
    id: name,
    label: `${name} ${version} unpacked`,
    files: [],
    probes: [],
    needs: [fetchId(name)],
    commands: [{ argv: ['dpkg-deb', '-x', `{${fetchId(name)}}/package.deb`, '{out}'], cwd: '{work}' }],
  }
}

/** What `uname -r` says; Debian names the package after it. */
export const releaseOf = (component: Component & { origin: OriginOf<'deb'> }): string =>
  component.origin.package.replace(/^linux-image-/, '')

export const sourceIdOf = (component: Component): string => fetchId(component.name)
