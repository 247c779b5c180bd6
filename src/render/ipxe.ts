import { target } from './target.ts'

/** An old iPXE does not know the folder of the script it runs, and every iPXE keeps what was set before. */
export const ipxe = target({
  description: 'start.ipxe for the TFTP server: the way to the folder that image build --as pxe made',
  required: ['url'],
  optional: [],
  text: ({ url }) => `#!ipxe\nset base ${url}\nchain \${base}boot.ipxe\n`,
})
