/** What keelctl image build makes of the words of its command line. */
import { expect, test } from 'vitest'
import { KUBERNETES_VERSIONS } from '../../schema/generated/kubernetes-versions.ts'
import type { Env } from '../../src/cli/env.ts'
import { command } from '../../src/commands/image-build.ts'

test.each([...KUBERNETES_VERSIONS])('--kubernetes takes %s, and its minor', version => {
  for (const word of [version, version.replace(/\.\d+$/, '')]) {
    const parsed = command({} as Env)
    parsed.parseOptions(['--kubernetes', word])
    expect(parsed.opts()['kubernetes'], word).toBe(version)
  }
})
