/**
 * What iPXE runs: everything beside the script, whatever server and folder it came from. The machine config is fetched by
 * init and not by iPXE, so a machine takes a changed one at its next boot; `cwuri` is the address of this script.
 */
export const ipxeScript = (cmdline: string): string => `#!ipxe
# Each machine's config is machines/<its hardware address, with dashes>.json beside this script.
# To go by the SMBIOS UUID instead, write \${uuid} for \${mac:hexhyp}.
kernel vmlinuz initrd=initramfs.cpio ${cmdline} keel.config.url=\${cwuri}/../machines/\${mac:hexhyp}.json
initrd initramfs.cpio
boot
`
