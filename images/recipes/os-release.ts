/** What an image is called. */
export interface ImageName {
  readonly keelVersion: string
  /** Version of the image, which may change while that of Keel does not. */
  readonly imageVersion: string
  /** An image without a kubelet has none. */
  readonly kubernetes?: string | undefined
}

/** /etc/os-release of the node. init looks here for the versions of the image and of the kubelet. */
export const osRelease = ({ keelVersion, imageVersion, kubernetes }: ImageName): string =>
  [
    'NAME="Keel"',
    'ID=keel',
    `VERSION_ID="${keelVersion}"`,
    `IMAGE_VERSION="${imageVersion}"`,
    `PRETTY_NAME="Keel ${keelVersion}"`,
    ...(kubernetes === undefined ? [] : [`KEEL_KUBERNETES_VERSION="${kubernetes}"`]),
    '',
  ].join('\n')

/**
 * What a UKI says about itself. It has no version on purpose: a loader orders programs by their versions first, and the one that was
 * installed last is to start, also when its version is older. So the names of the files order them.
 */
export const ukiRelease = ({ imageVersion, kubernetes }: ImageName): string =>
  [
    'NAME="Keel"',
    'ID=keel',
    `PRETTY_NAME="Keel ${imageVersion}${kubernetes === undefined ? '' : ` with Kubernetes ${kubernetes}`}"`,
    '',
  ].join('\n')

/** Whether a text can be the version of an image: it is part of a file name on the ESP, where a plus sign begins the count of boots. */
export const isImageVersion = (text: string): boolean => /^[0-9A-Za-z][0-9A-Za-z._~-]{0,39}$/.test(text)
