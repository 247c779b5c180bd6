/** /etc/os-release of the node; a UKI carries the same text, by which a loader names and orders its entries. */
export const osRelease = (version: string): string =>
  `NAME="Keel"\nID=keel\nVERSION_ID="${version}"\nPRETTY_NAME="Keel ${version}"\n`
