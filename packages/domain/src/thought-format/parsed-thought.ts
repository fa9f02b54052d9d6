/**
 * A completion split into thought and solution. When it does not have the format, `reason` says why and `solution` is the best
 * text to verify: what follows the last thought end, or everything.
 */
export type ParsedThought =
  | { readonly ok: true; readonly thought: string; readonly solution: string }
  | { readonly ok: false; readonly reason: string; readonly solution: string }

/** How thought and solution are delimited in a completion. */
export type ThoughtFormat = {
  readonly name: string
  /** The literal delimiter after which the solution begins; empty in a format that has none. */
  readonly thoughtEnd: string
  readonly parse: (text: string) => ParsedThought
  /** What `parse` splits again, up to white space around the parts. */
  readonly render: (thought: string, solution: string) => string
}
