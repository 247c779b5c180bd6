import { expect, test } from 'vitest'
import { linkedInto } from '../../images/go-modules.ts'
import { sbom } from '../../images/sbom.ts'

const TEXT = `/o/one: go1.26.8
\tpath\tcommand-line-arguments
\tmod\tkeel.dev/wrapper\t(devel)
\tdep\texample.org/b\tv1.2.0\th1:aaa=
\tdep\texample.org/a/v2\tv2.0.0-20260101000000-abcdef
\t=>\texample.org/fork\tv2.1.0\th1:bbb=
\tbuild\t-trimpath=true
/o/two: go1.26.8
\tdep\texample.org/b\tv1.2.0\th1:aaa=
`

test('modules are listed once, replaced ones as what replaced them, with the Go they were built by', () => {
  expect(linkedInto(TEXT)).toEqual([
    { path: 'example.org/b', version: '1.2.0' },
    { path: 'example.org/fork', version: '2.1.0' },
    { path: 'stdlib', version: '1.26.8' },
  ])
})

test('the SBOM tells modules of two components apart from one that both link', () => {
  const facts = { recipe: 'r', keelVersion: '1', files: [], components: [] }
  const a = { path: 'example.org/a', version: '1.0.0' }
  const b = { path: 'example.org/a', version: '1.0.1' }
  const document = sbom(
    facts as never,
    new Map([
      ['x', [a]],
      ['y', [a, b]],
    ]),
  ) as {
    packages: { SPDXID: string }[]
    relationships: { relationshipType: string }[]
  }
  expect(document.packages.filter(({ SPDXID }) => SPDXID.startsWith('SPDXRef-go-')).length).toBe(2)
  const links = document.relationships.filter(({ relationshipType }) => relationshipType === 'STATIC_LINK')
  expect(links.length).toBe(3)
})
