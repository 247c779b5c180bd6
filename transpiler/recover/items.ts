/** Lists and maps of a validated config have holes where an item broke the schema. */
import type { Path } from '../path.ts'

/** Every whole item with its place. */
export function itemsOf<T>(
  list: readonly (T | undefined)[] | undefined,
  at: Path,
): { readonly item: T; readonly at: Path }[] {
  const items: { item: T; at: Path }[] = []
  for (const [i, item] of (list ?? []).entries()) if (item !== undefined) items.push({ item, at: [...at, i] })
  return items
}

/** Every whole value of a map with keys of the user's choice, with its place. */
export function entriesOf<T>(
  map: Readonly<Record<string, T | undefined>> | undefined,
  at: Path,
): { readonly key: string; readonly value: T; readonly at: Path }[] {
  return Object.entries(map ?? {}).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value, at: [...at, key] }],
  )
}
