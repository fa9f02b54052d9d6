/**
 * A piece of an answer. `spaced`: white space, or LaTeX's spacing, stood before it. A word is text, from `\text{…}` or written plainly; a
 * letter is a variable. `grouped` numbers hold a comma before each three digits, which may separate a list instead.
 */
export type Token = { readonly spaced: boolean } & (
  | { readonly kind: 'number'; readonly text: string; readonly grouped: boolean }
  | { readonly kind: 'letter'; readonly text: string }
  | { readonly kind: 'command'; readonly text: string }
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'sign'; readonly text: string }
)

/** A token before it is known what stood before it. */
export type BareToken = Token extends infer Each ? (Each extends Token ? Omit<Each, 'spaced'> : never) : never
