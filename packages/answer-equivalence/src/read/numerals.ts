/** Digits, separators of thousands in any of their spellings, a decimal part. A group of three follows one to three digits only. */
const numberPattern =
  /(?:[1-9]\d{0,2}(?:(?:,|\{,\}(?:\\!)?|\\,|\\!|,\\!|\\;|\\ |\{\\,\}|[ ~])\d{3}(?!\d))+|\d+)?(?:(?:\.|\{\.\}|\{,\}(?!\d{3}(?!\d)))\d+)?/y
const exponentPattern = /[eE][+-]?\d{1,6}(?![\dA-Za-z])/y
const wholeNumber = /^\s*[+-]?\d{1,400}(?:\.\d{1,400})?[eE][+-]?\d{1,6}\s*$/

/** The index after the number that begins at `from`. An exponent of ten needs a decimal point, or to stand alone in the text. */
export function numberEnd(text: string, from: number): number {
  numberPattern.lastIndex = from
  const length = numberPattern.exec(text)?.[0].length ?? 0
  const end = from + length
  exponentPattern.lastIndex = end
  const exponent = exponentPattern.exec(text)?.[0] ?? ''
  const scientific = exponent !== '' && (text.slice(from, end).includes('.') || wholeNumber.test(text))
  return scientific ? end + exponent.length : Math.max(end, from + 1)
}

/** A number without separators of thousands; `{,}` before other than three digits is a decimal comma. */
export function plainDigits(raw: string): string {
  return raw
    .replaceAll(/\{,\}(?!(?:\\!)?\d{3}(?!\d))/g, '.')
    .replaceAll('{.}', '.')
    .replaceAll(/[^\d.eE+-]/g, '')
}

/** Whether the number was written with a comma before each three digits. */
export function isGrouped(raw: string): boolean {
  return /^\d{1,3}(?:,\d{3})+/.test(raw)
}

/** One of the ten digits; false for nothing. */
export function isDigit(letter: string): boolean {
  return letter >= '0' && letter <= '9'
}

/** Whether the dollar sign at an index stands before a number and no other one closes it, so that it is money. */
export function isMoney(text: string, at: number): boolean {
  const next = text.slice(at + 1, at + 12)
  if (!/^\s{0,2}-?\d/.test(next)) return false
  let others = 0
  for (let index = 0; index < text.length && index < 4000; index++)
    if (text[index] === '$' && text[index - 1] !== '\\') others++
  return others === 1
}
