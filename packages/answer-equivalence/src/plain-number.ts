/**
 * The one spelling of a decimal number, or null when the text is none: no plus sign, no needless zeros, a digit before the point, no
 * minus before zero. Works on the digits, so numbers of any length stay exact.
 */
export function plainNumber(text: string): string | null {
  const parts = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text)
  const [, sign = '', whole = '', fraction = ''] = parts ?? []
  if (parts === null || whole + fraction === '') return null
  const digits = trimZeros(whole, 'start') || '0'
  const decimals = trimZeros(fraction, 'end')
  const size = decimals === '' ? digits : `${digits}.${decimals}`
  return sign === '-' && size !== '0' ? `-${size}` : size
}

/** By hand: a pattern anchored at the end would try every run of zeros. */
function trimZeros(digits: string, side: 'start' | 'end'): string {
  let begin = 0
  let end = digits.length
  if (side === 'start') while (digits[begin] === '0') begin++
  else while (end > 0 && digits[end - 1] === '0') end--
  return digits.slice(begin, end)
}
