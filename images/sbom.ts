import { sha256 } from './keys.ts'
import type { Component } from './lock.ts'
import type { ImageFacts } from './report.ts'

/** The same lock must give the same bytes, so the document is dated with the start of time and named by its content. */
const CREATED = '1970-01-01T00:00:00Z'

/** spdx.json: the image and its components in SPDX 2.3. */
export function sbom(facts: ImageFacts): unknown {
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
    packages: [image, ...packages],
    relationships: [
      { spdxElementId: 'SPDXRef-DOCUMENT', relationshipType: 'DESCRIBES', relatedSpdxElement: image.SPDXID },
      ...packages.map(({ SPDXID }) => ({
        spdxElementId: image.SPDXID,
        relationshipType: 'CONTAINS',
        relatedSpdxElement: SPDXID,
      })),
    ],
  }
}

function packageOf(component: Component) {
  const { name, version, license } = component
  const url = purl(component)
  return {
    SPDXID: `SPDXRef-${name}`,
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
    return `pkg:deb/debian/${encodeURIComponent(origin.package)}@${encodeURIComponent(version)}?arch=amd64`
  if (origin.kind === 'deb-src')
    return `pkg:deb/debian/${origin.package}@${encodeURIComponent(version)}?arch=source`
  return undefined
}
