import { expect, test } from 'vitest'
import { Report } from '../../transpiler/diag/report.ts'
import { transpile } from '../../transpiler/index.ts'
import { Origins } from '../../transpiler/machine/origins.ts'
import { verify } from '../../transpiler/machine/verify.ts'
import { Positions } from '../../transpiler/yaml/positions.ts'

test('a machine config that the schema refuses is a bug, reported where it comes from', () => {
  const { machine } = transpile([{ name: 'a', text: 'apiVersion: keel/v1\nhostname: node-1\n' }])
  if (machine === undefined) throw new Error('the config is good')
  const origins = new Origins()
  const report = new Report()
  const network = origins.from(['network'], { ...machine.network, nameservers: ['no address'] })
  verify(origins.from([], { ...machine, network }), origins, report)
  const [bug] = report.diagnostics({}, new Positions(), [])
  expect(bug).toMatchObject({
    code: 'keel-bug',
    path: ['network'],
    message: expect.stringContaining('/network/nameservers/0'),
  })
})
