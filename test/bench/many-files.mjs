// The same config with N small files for Keel and for Butane.

const lines = (count, one) => Array.from({ length: count }, (_, i) => one(i)).join('')

/** A node config that writes `count` small files. */
export const keelConfig = count =>
  `apiVersion: keel/v1\nhostname: bench\nstorage:\n  files:\n${lines(
    count,
    i => `    - path: /var/lib/bench/file-${i}.conf\n      mode: 0644\n      contents:\n        inline: |\n          key = value-${i}\n`,
  )}`

/** The Butane config for the same files. */
export const butaneConfig = count =>
  `variant: fcos\nversion: 1.6.0\nstorage:\n  files:\n${lines(
    count,
    i => `    - path: /var/lib/bench/file-${i}.conf\n      mode: 0644\n      contents:\n        inline: |\n          key = value-${i}\n`,
  )}`
