/** Documents that other systems take from the same places, and that Keel is to name as what they are. */
export const FOREIGN = {
  'cloud-config': '#cloud-config\nhostname: somebody\nruncmd:\n  - [echo, hello]\n',
  ignition: '{"ignition":{"version":"3.4.0"},"storage":{"files":[]}}\n',
  'shell script': '#!/bin/sh\necho hello\n',
  'node config': 'apiVersion: keel/v1\nhostname: nobody-transpiled-me\nkubernetes: {role: none}\n',
  'MIME multipart':
    'Content-Type: multipart/mixed; boundary="b"\nMIME-Version: 1.0\n\n--b\nContent-Type: text/cloud-config\n\n#cloud-config\n--b--\n',
} as const
