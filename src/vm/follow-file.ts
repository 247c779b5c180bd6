import { closeSync, openSync, readSync, watch } from 'node:fs'

/** Hands on what a file has and what is added to it, until the returned function is called. */
export function followFile(file: string, take: (text: string) => void): () => void {
  const fd = openSync(file, 'a+')
  const buffer = Buffer.alloc(64 * 1024)
  let at = 0
  const readOn = () => {
    for (let n = -1; n !== 0; at += n) {
      n = readSync(fd, buffer, 0, buffer.length, at)
      if (n > 0) take(buffer.toString('utf8', 0, n))
    }
  }
  const watcher = watch(file, readOn)
  readOn()
  return () => {
    watcher.close()
    readOn()
    closeSync(fd)
  }
}
