/** The `code` of a Node.js error, as in `ENOENT`. Asks for the property, not the class: errors may come from another realm. */
export function errorCode(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined
}
