/** The one file that knows the library that packs. The platform's zlib gives other bytes in other builds of Node; this gives the same everywhere. */
import { gzipSync } from 'fflate'

/** A gzip file without a time in it. */
export const gzipped = (bytes: Uint8Array): Uint8Array => gzipSync(bytes, { level: 9, mtime: 0 })
