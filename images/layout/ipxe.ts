/**
 * What iPXE runs: everything from the script's folder, whatever server and folder it came from. The machine config is fetched by
 * init and not by iPXE, which needs an address that is not relative: `cwduri` is the folder of this script, which an iPXE
 * from before 2021 does not know.
 */
export const ipxeScript = (cmdline: string): string => `#!ipxe
# Each machine's config is machines/<its hardware address, with dashes>.json in the folder of this script.
# Where that is: the folder of this script; an older iPXE does not know it and needs 'set base http://server/folder/' before.
isset \${base} || set base \${cwduri}
isset \${base} || set base http://\${next-server}/
# To go by the SMBIOS UUID instead, write \${uuid} for \${mac:hexhyp}.
kernel vmlinuz initrd=initramfs.cpio ${cmdline} keel.config.url=\${base}machines/\${mac:hexhyp}.json
initrd initramfs.cpio
boot
`
