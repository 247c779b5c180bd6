/** /etc/os-release of the node; a UKI carries the same text, by which a loader names and orders its entries. */
export const osRelease = (version: string, kubernetes?: string): string =>
  [
    'NAME="Keel"',
    'ID=keel',
    `VERSION_ID="${version}"`,
    `PRETTY_NAME="Keel ${version}"`,
    // init compares it with kubernetes.version of the machine config; an image without a kubelet has none.
    ...(kubernetes === undefined ? [] : [`KEEL_KUBERNETES_VERSION="${kubernetes}"`]),
    '',
  ].join('\n')
