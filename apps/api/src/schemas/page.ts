import { z } from 'zod'

/** The query of a list that is read by position. */
export function offsetQuery(limits: { readonly usual: number; readonly most: number }) {
  return {
    limit: z.coerce.number().int().min(1).max(limits.most).default(limits.usual),
    offset: z.coerce.number().int().min(0).default(0),
  }
}

/** A page of a list that is read by position; `nextOffset` is null on the last page. */
export function offsetPage<Item extends z.ZodType>(item: Item) {
  return z.strictObject({ items: z.array(item), nextOffset: z.number().int().nullable() })
}

/** Cuts a page of `limit` out of a read that asked for one item more. */
export function cutPage<Item>(
  read: readonly Item[],
  { offset, limit }: { readonly offset: number; readonly limit: number },
): { items: Item[]; nextOffset: number | null } {
  return { items: read.slice(0, limit), nextOffset: read.length > limit ? offset + limit : null }
}
