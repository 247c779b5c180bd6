/** Node configs that several tests boot. Small, so that a boot takes seconds. */

/** A node in RAM that runs no Kubernetes. */
export const IN_RAM = `
apiVersion: keel/v1
hostname: in-ram
kubernetes: {role: none}
`

/** The head of a storage section: the disk of `newDisk`, whole. */
const BOTH_PARTITIONS = `storage:
  disks:
    - match: {serial: keel-disk}
      partitions:
        - {label: KEEL-STATE, size: 64MiB}
        - {label: KEEL-DATA, size: rest}
`

/** Two partitions, a persisted directory and files on it; no Kubernetes, so that provisioning is all there is. */
export const ON_DISK = `
apiVersion: keel/v1
hostname: on-disk
${BOTH_PARTITIONS}  persist:
    - {path: /var/lib/app, partition: KEEL-DATA, mode: 0750}
  directories:
    - {path: /var/lib/app/d, mode: 0700, uid: 10, gid: 20}
  files:
    - {path: /var/lib/app/motd, mode: 0640, contents: {inline: "one file\\n"}}
  links:
    - {path: /var/lib/app/link, target: motd}
kubernetes: {role: none}
`

/** More files than one sector of a directory, so that writing them takes long enough to be cut. */
export const MANY_FILES = `
apiVersion: keel/v1
storage:
  files:
${Array.from({ length: 100 }, (_, i) => `    - {path: /var/lib/app/d/${i}, mode: 0600, contents: {inline: "file ${i}\\n"}}`).join('\n')}
`

/** Static addresses of QEMU's user network. */
export const NETWORK = `
apiVersion: keel/v1
network:
  links:
    - {name: eth0, addresses: [10.0.2.15/24], routes: [{gateway: 10.0.2.2}]}
`

/** A node that runs containerd, the kubelet and one pod that greets and shows a persisted file. */
export const STANDALONE = `
apiVersion: keel/v1
hostname: standalone
kernel:
  sysctl: {vm.max_map_count: 262144}
${BOTH_PARTITIONS}  persist:
    - {path: /var/lib/app, partition: KEEL-DATA, mode: 0755}
  files:
    - {path: /var/lib/app/motd, mode: 0644, contents: {inline: "kept on disk\\n"}}
kubernetes:
  role: standalone
  images: [/usr/lib/keel/images/demo.tar]
  staticPods:
    - pod:
        apiVersion: v1
        kind: Pod
        metadata: {name: hello, namespace: default}
        spec:
          hostNetwork: true
          terminationGracePeriodSeconds: 1
          containers:
            - name: hello
              image: keel.local/demo:1
              imagePullPolicy: Never
              args: [/data/motd]
              volumeMounts: [{name: data, mountPath: /data, readOnly: true}]
          volumes: [{name: data, hostPath: {path: /var/lib/app, type: Directory}}]
`
