/**
 * One spelling of what differs only in LaTeX's layout: two answers with the same one are the same text. Case and words stay.
 */
export function spelling(text: string): string {
  return text
    .replaceAll(/\\(?:left|right|displaystyle|Bigl?|Bigr?|bigl?|bigr?)(?![A-Za-z])/g, '')
    .replaceAll(/\\[dt]frac(?![A-Za-z])/g, '\\frac')
    .replaceAll(/\\[,!;: ]|[$~]/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ ?([^A-Za-z0-9 ]) ?/g, '$1')
    .replace(/[.。]$/, '')
    .trim()
}
