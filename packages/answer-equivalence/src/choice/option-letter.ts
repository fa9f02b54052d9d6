export interface OptionLetter {
  /** A to Z. */
  readonly letter: string
  readonly lowerCase: boolean
  /** Drawn in a circle, a square or brackets, as Ⓑ, so that it is no letter of a word. */
  readonly enclosed: boolean
}

/** Code points of the alphabets that stand for A to Z, each run in order and repeated every 26 letters. */
const alphabets: readonly { readonly first: number; readonly last: number; readonly enclosed: boolean }[] = [
  { first: 0x41, last: 0x5a, enclosed: false },
  { first: 0xff21, last: 0xff3a, enclosed: false },
  { first: 0x249c, last: 0x24b5, enclosed: true },
  { first: 0x24b6, last: 0x24e9, enclosed: true },
  { first: 0x1f110, last: 0x1f129, enclosed: true },
  { first: 0x1f130, last: 0x1f149, enclosed: true },
  { first: 0x1f150, last: 0x1f169, enclosed: true },
  { first: 0x1f170, last: 0x1f189, enclosed: true },
  { first: 0x1d400, last: 0x1d537, enclosed: false },
  { first: 0x1d56c, last: 0x1d6a3, enclosed: false },
]

const lowerCaseAlphabets = [
  { first: 0x61, last: 0x7a },
  { first: 0xff41, last: 0xff5a },
]

/**
 * The Latin letter of one character, full-width, circled, squared and bold ones included. Null for every other text: a Cyrillic В or a
 * Greek Β is only itself, since it may be the third or the second letter of its own alphabet.
 */
export function optionLetter(character: string): OptionLetter | null {
  const code = character.codePointAt(0)
  if (code === undefined || character.length !== String.fromCodePoint(code).length) return null
  for (const { first, last } of lowerCaseAlphabets) {
    if (code >= first && code <= last) return { letter: letterAt(code - first), lowerCase: true, enclosed: false }
  }
  for (const { first, last, enclosed } of alphabets) {
    if (code >= first && code <= last) return { letter: letterAt((code - first) % 26), lowerCase: false, enclosed }
  }
  return null
}

/** The letter of the option at a place, 0 to 25. */
export function letterAt(index: number): string {
  return String.fromCharCode(65 + index)
}

/** The place of a letter A to Z, from 0. */
export function indexOfLetter(letter: string): number {
  return letter.charCodeAt(0) - 65
}
