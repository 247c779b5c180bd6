/** kubernetes.kubelet: a kubelet that init can start, wait for and stop. */
import type { FullConfig, FullExtraArg, FullKubernetes, FullWorker } from '../full-config.ts'
import { canonicalJson } from '../json.ts'
import {
  FIXED_FIELDS,
  FIXED_FIELDS_OF_WORKERS,
  OWNED_ARGS,
  standaloneKubelet,
  workerKubelet,
} from '../kubelet-config.ts'
import { KUBELET_FIELDS, KUBELET_FLAGS } from '../kubelet-names.ts'
import type { Path } from '../path.ts'
import type { Report } from '../report.ts'
import { nearest } from '../suggest.ts'

const HERE: Path = ['kubernetes', 'kubelet']

export function checkKubelet({ kubernetes, worker }: FullConfig, report: Report): void {
  if (kubernetes.role === 'none') return
  for (const name of Object.keys(kubernetes.kubeletConfig)) {
    if (!KUBELET_FIELDS.includes(name))
      reportUnknown('field', name, KUBELET_FIELDS, [...HERE, 'config', name], report)
  }
  checkFields(kubernetes, worker, report)
  for (const arg of worker?.extraArgs ?? []) checkArg(arg, report)
}

/** What the patch made of the fields that init depends on. */
function checkFields(
  { kubeletConfig: config, shutdown }: FullKubernetes,
  worker: FullWorker | undefined,
  report: Report,
): void {
  const own = worker === undefined ? standaloneKubelet(false, shutdown) : workerKubelet(shutdown)
  const fixed = worker === undefined ? FIXED_FIELDS : FIXED_FIELDS_OF_WORKERS
  for (const [field, instead] of Object.entries(fixed)) {
    if (canonicalJson(config[field]) !== canonicalJson(own[field]))
      report.add('kubernetes-kubelet-fixed', [...HERE, 'config', field], { field, instead }, { aim: 'key' })
  }
}

function checkArg({ at, name, value }: FullExtraArg, report: Report): void {
  const plain = name.replace(/^-+/, '').toLowerCase().replaceAll('_', '-')
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    const better = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(plain) ? plain : undefined
    report.add('kubernetes-kubelet-arg', at, { name, better }, { aim: 'key' })
  } else if (Object.hasOwn(OWNED_ARGS, name))
    report.add('kubernetes-kubelet-arg-owned', at, { name, instead: OWNED_ARGS[name] }, { aim: 'key' })
  else if (!KUBELET_FLAGS.includes(name)) reportUnknown('flag', name, KUBELET_FLAGS, at, report)
  if (/\s/.test(value)) report.add('kubernetes-kubelet-arg-blank', at, { name })
}

function reportUnknown(kind: string, name: string, known: readonly string[], at: Path, report: Report): void {
  report.add('kubernetes-kubelet-unknown', at, { kind, name, nearest: nearest(name, known) }, { aim: 'key' })
}
