/** A comma ends a QEMU option's value, two are one. */
export function escaped(value: string): string {
  return value.replaceAll(',', ',,')
}
