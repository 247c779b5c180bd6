const repeat = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i)).join('')

const files = (count: number) =>
  repeat(
    count,
    i =>
      `    - path: /var/lib/bench/file-${i}.conf\n      mode: 0644\n      contents:\n        inline: |\n          key = value-${i}\n`,
  )

/** A node config that asks for `count` small files. */
export const nodeConfigOf = (count: number): string =>
  `apiVersion: keel/v1\nhostname: bench\nstorage:\n  files:\n${files(count)}`

/** The Butane config that asks for the same files. */
export const butaneConfigOf = (count: number): string =>
  `variant: fcos\nversion: 1.6.0\nstorage:\n  files:\n${files(count)}`
