/**
 * The last line of a reply that is not empty, in lower case, without white space, quotes, emphasis and final punctuation around it. A
 * line that holds anything more is given back as it is: whoever reads it finds no answer in it.
 */
export function lastLine(reply: string): string {
  const line =
    reply
      .trimEnd()
      .split(/\r\n?|[\n\u0085\u2028\u2029]/)
      .at(-1) ?? ''
  return line.replaceAll(/^[\s*_`"'“”‘’]+|[\s*_`"'“”‘’.!。]+$/g, '').toLowerCase()
}
