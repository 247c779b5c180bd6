/** The driver of images/go/storage-driver as a cluster runs drivers: a DaemonSet that mounts for all pods, and a volume of it. Pure. */
import { daemonSet, onNode } from './node-programs.ts'
import { REGISTRY } from './stocked.ts'

const DRIVER = 'folders.keel.local'
const KUBELET = '/var/lib/kubelet'
const PLUGIN = `${KUBELET}/plugins/${DRIVER}`
/** Where the folders of the volumes are on a node. */
const VOLUMES = '/var/lib/folders'

const FOLDERS = [
  onNode('plugin', PLUGIN),
  onNode('registry', `${KUBELET}/plugins_registry`),
  // What is mounted here must be seen by the node, which gives it to the pods.
  onNode('pods', `${KUBELET}/pods`, { mountPropagation: 'Bidirectional' }),
  onNode('volumes', VOLUMES),
]

export const STORAGE_DRIVER = [
  {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSIDriver',
    metadata: { name: DRIVER },
    spec: { attachRequired: false, podInfoOnMount: false },
  },
  daemonSet(
    { name: 'storage-driver', namespace: 'kube-system' },
    {
      terminationGracePeriodSeconds: 5,
      containers: [
        {
          name: 'driver',
          image: `${REGISTRY}/storage-driver:1`,
          args: [
            ...[`--name=${DRIVER}`, '--node=$(NODE)', `--plugins=${PLUGIN}`],
            ...[`--registry=${KUBELET}/plugins_registry`, `--volumes=${VOLUMES}`],
          ],
          env: [{ name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
          securityContext: { privileged: true },
          volumeMounts: FOLDERS.map(({ mount }) => mount),
        },
      ],
      volumes: FOLDERS.map(({ volume }) => volume),
    },
  ),
]

/** A volume of the driver, and a claim that is bound to it, both under this name. */
export const volume = (name: string) => [
  {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      capacity: { storage: '1Mi' },
      accessModes: ['ReadWriteOnce'],
      storageClassName: '',
      claimRef: { namespace: 'default', name },
      csi: { driver: DRIVER, volumeHandle: name },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: 'default' },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: '',
      volumeName: name,
      resources: { requests: { storage: '1Mi' } },
    },
  },
]

/** What a pod needs to have a claim at a path. */
export const mounted = (claim: string, mountPath: string) => ({
  volumes: [{ name: claim, persistentVolumeClaim: { claimName: claim } }],
  volumeMounts: [{ name: claim, mountPath }],
})
