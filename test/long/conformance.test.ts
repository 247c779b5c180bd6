/** Tests that Kubernetes calls [Conformance], by its own program, on two workers. Needs root. */
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { clusterPrograms, longPrograms } from '../cluster/cluster-programs.ts'
import { joinedWorker, type StockedCluster, startStocked } from '../cluster/stocked.ts'
import { filesImage, type Image, workloadImage } from '../registry/image.ts'
import { addonImages, type Built, dirOf, PATH, toolsLayer } from '../registry/parts.ts'
import { tempDir } from '../vm/vm.ts'
import { CONFORMANCE, KNOWN_FAILURES } from './conformance-tests.ts'
import { explained } from './explained.ts'
import { agnhostImage, CALLERS, NGINX, nginxImage } from './images.ts'
import { type Outcome, outcomesIn, runSuite, show } from './suite.ts'

const HOUR_MS = 3_600_000
/** The registry that the tests' images are named by. */
const HOST = 'registry.k8s.io'

test('conformance: the chosen tests of Kubernetes pass on two workers within an hour', {
  timeout: 2 * HOUR_MS,
}, async () => {
  const [built, long] = [await clusterPrograms(), await longPrograms('e2e', ...NGINX, ...CALLERS)]
  const program = join(dirOf(long, 'e2e'), 'e2e.test')
  const images = { ...addonImages(built, tempDir()), ...imagesOf(program, built, long) }
  const cluster = await startStocked(images, { mirrored: [HOST] })
  await cluster.install('kube-proxy', 'coredns')
  const taps = [cluster.network.addTap(), cluster.network.addTap()]
  await Promise.all(
    taps.map((tap, i) => joinedWorker(cluster, `worker-${i + 1}`, tap, { lifetimeMs: 2 * HOUR_MS })),
  )
  const outcomes = await explained(cluster, async () => {
    for (const addon of ['daemonset/kube-proxy', 'deployment/coredns'])
      await cluster.kubectl('--namespace=kube-system', 'rollout', 'status', addon, '--timeout=900s')
    return run(cluster, program)
  })
  show(outcomes)
  const names = outcomes.map(({ name }) => name)
  expect(CONFORMANCE.filter(wanted => !names.some(name => name.startsWith(wanted)))).toEqual([])
  const isKnown = (name: string) => KNOWN_FAILURES.some(known => name.startsWith(known))
  expect(outcomes.filter(({ state, name }) => state !== 'passed' && !isKnown(name))).toEqual([])
  // A failure that is no more is no longer explained in docs/testing.md.
  expect(outcomes.filter(({ state, name }) => state === 'passed' && isKnown(name))).toEqual([])
})

/** Most of a test's time is waiting. */
const LANES = 3

/** The tests in lanes, which run side by side; those of one lane one after the other. */
async function run(cluster: StockedCluster, program: string): Promise<Outcome[]> {
  const lanes = Array.from({ length: LANES }, (_, lane) => CONFORMANCE.filter((_, i) => i % LANES === lane))
  const outcomes = lanes.map(async (names, lane) => {
    const home = join(cluster.dir, `conformance-${lane}`)
    mkdirSync(home)
    const report = join(home, 'report.json')
    const focus = names.map(name => name.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')).join('|')
    const argv = [
      ...[
        program,
        `--kubeconfig=${cluster.dir}/conf/super-admin.conf`,
        '--provider=skeleton',
        '--num-nodes=2',
      ],
      ...['--disable-log-dump', `--e2e-output-dir=${home}`, `--kubectl-path=${cluster.dir}/bin/kubectl`],
      ...[`--ginkgo.focus=(${focus}) \\[`, '--ginkgo.timeout=1h', '--ginkgo.no-color'],
      `--ginkgo.json-report=${report}`,
    ]
    await runSuite(cluster.network.inside(argv), home, join(home, 'log'))
    return outcomesIn(report)
  })
  return (await Promise.all(outcomes)).flat()
}

/** What makes the images that the chosen tests name, by the last part of their names. */
function imagesOf(program: string, built: Built, long: Built): Record<string, Image> {
  const named = execFileSync(program, ['--list-images'], { encoding: 'utf8' }).trim().split('\n')
  const tools = toolsLayer(built, tempDir())
  const made: Record<string, Image> = {
    agnhost: agnhostImage(built, long),
    busybox: filesImage([tools], { Cmd: ['sh'], Env: [PATH] }),
    nginx: nginxImage(built, long, 80),
    pause: workloadImage('pause', 'pause'),
  }
  const pairs = named
    .filter(name => name.startsWith(`${HOST}/`))
    .flatMap(name => {
      const image = made[/([^/]+):[^:]+$/.exec(name)?.[1] ?? '']
      return image === undefined ? [] : [[name.slice(HOST.length + 1), image] as const]
    })
  return Object.fromEntries(pairs)
}
