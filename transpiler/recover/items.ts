/** Lists of a validated config have holes where an item broke the schema. */
import type { Path } from '../path.ts'

/** Every whole item with its place. */
export function itemsOf<T>(
  list: readonly T[] | undefined,
  at: Path,
): { readonly item: T; readonly at: Path }[] {
  const items: { item: T; at: Path }[] = []
  for (const [i, item] of (list ?? []).entries()) if (item !== undefined) items.push({ item, at: [...at, i] })
  return items
}
