/** The text with every run of white space made one space, and none at its ends: what two equal texts have in common. */
export function unifyWhitespace(text: string): string {
  return text
    .split(/\s+/)
    .filter((word) => word !== '')
    .join(' ')
}
