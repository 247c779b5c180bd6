import type { GoModule } from './go-modules.ts'
import { sha256 } from './keys.ts'
import type { Component } from './lock.ts'
import type { ImageFacts } from './report.ts'

/** The same lock must give the same bytes, so the document is dated with the start of time and named by its content. */
const CREATED = '1970-01-01T00:00:00Z'

/** Modules by the component they are linked into. */
type Modules = ReadonlyMap<string, readonly GoModule[]>

/** spdx.json: the image, its components and the Go modules linked into them, in SPDX 2.3. */
export function sbom(facts: ImageFacts, modules: Modules): unknown {
  const image = {
    SPDXID: 'SPDXRef-image',
    name: `keel-${facts.recipe}`,
    versionInfo: facts.keelVersion,
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    licenseConcluded: 'NOASSERTION',
    licenseDeclared: 'NOASSERTION',
    copyrightText: 'NOASSERTION',
    checksums: facts.files.slice(0, 1).map(file => ({ algorithm: 'SHA256', checksumValue: file.sha256 })),
  }
  const packages = facts.components.map(packageOf)
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: image.name,
    documentNamespace: `https://keel.dev/spdx/${sha256(JSON.stringify(facts))}`,
    creationInfo: { created: CREATED, creators: [`Tool: keelctl-${facts.keelVersion}`] },
    packages: [image, ...packages, ...modulePackages(modules)],
    relationships: [
      { spdxElementId: 'SPDXRef-DOCUMENT', relationshipType: 'DESCRIBES', relatedSpdxElement: image.SPDXID },
      ...packages.map(({ SPDXID }) => ({
        spdxElementId: image.SPDXID,
        relationshipType: 'CONTAINS',
        relatedSpdxElement: SPDXID,
      })),
      ...links(modules),
    ],
  }
}

const packageOf = (component: Component) => {
  const { name, version, license } = component
  return onePackage(`SPDXRef-${name}`, name, version, license, purl(component))
}

/** Each module and version once, however many programs link it. */
function modulePackages(modules: Modules) {
  const byId = new Map([...modules.values()].flat().map(module => [idOf(module), module]))
  return [...byId]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, { path, version }]) =>
      onePackage(
        id,
        path,
        version,
        'NOASSERTION',
        `pkg:golang/${path}@${path === 'stdlib' ? '' : 'v'}${version}`,
      ),
    )
}

const links = (modules: Modules) =>
  [...modules].flatMap(([component, linked]) =>
    linked.map(module => ({
      spdxElementId: `SPDXRef-${component}`,
      relationshipType: 'STATIC_LINK',
      relatedSpdxElement: idOf(module),
    })),
  )

/** SPDX allows letters, digits, dots and hyphens; the digest tells apart what looks alike then. */
function idOf({ path, version }: GoModule): string {
  const name = `${path}-${version}`
  return `SPDXRef-go-${name.replaceAll(/[^A-Za-z0-9.-]/g, '-')}-${sha256(name).slice(0, 8)}`
}

function onePackage(id: string, name: string, version: string, license: string, url: string | undefined) {
  return {
    SPDXID: id,
    name,
    versionInfo: version,
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    licenseConcluded: 'NOASSERTION',
    licenseDeclared: license,
    copyrightText: 'NOASSERTION',
    ...(url && {
      externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: url }],
    }),
  }
}

function purl({ version, origin }: Component): string | undefined {
  if (origin.kind === 'go') return `pkg:golang/${origin.module}@v${version}`
  if (origin.kind === 'deb')
    return `pkg:deb/debian/${encodeURIComponent(origin.package)}@${encodeURIComponent(version)}`
  if (origin.kind === 'deb-src')
    return `pkg:deb/debian/${origin.package}@${encodeURIComponent(version)}?arch=source`
  return undefined
}
