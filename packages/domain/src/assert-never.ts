/** Ends a `switch` over a union: compiles only while every member is handled. Throws if the outside world sent another. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`)
}
