import { own } from '../own.ts'

/** Characters that stand for others, one for one or as LaTeX spells them. */
const spellings: Readonly<Record<string, string>> = {
  '\u2212': '-',
  '\u2010': '-',
  '\u2011': '-',
  '\u2012': '-',
  '\u2013': '-',
  '\u2014': '-',
  '\ufe63': '-',
  '×': '\\times ',
  '✕': '\\times ',
  '·': '\\cdot ',
  '⋅': '\\cdot ',
  '∙': '\\cdot ',
  '∗': '*',
  '÷': '\\div ',
  '⁄': '/',
  '±': '\\pm ',
  '∓': '\\mp ',
  '≤': '\\le ',
  '≦': '\\le ',
  '⩽': '\\le ',
  '≥': '\\ge ',
  '≧': '\\ge ',
  '⩾': '\\ge ',
  '≠': '\\ne ',
  '≈': '\\approx ',
  '≃': '\\approx ',
  '≅': '\\cong ',
  '≡': '\\equiv ',
  '→': '\\to ',
  '⇒': '\\implies ',
  '∞': '\\infty ',
  π: '\\pi ',
  '∈': '\\in ',
  '∉': '\\notin ',
  '∪': '\\cup ',
  '∩': '\\cap ',
  '∖': '\\setminus ',
  '∅': '\\emptyset ',
  ø: '\\emptyset ',
  ℝ: '\\mathbb{R}',
  ℤ: '\\mathbb{Z}',
  ℕ: '\\mathbb{N}',
  ℚ: '\\mathbb{Q}',
  ℂ: '\\mathbb{C}',
  '∑': '\\sum ',
  '∏': '\\prod ',
  '∫': '\\int ',
  '∀': '\\forall ',
  '°': '^{\\circ}',
  º: '^{\\circ}',
  '˚': '^{\\circ}',
  '′': "'",
  '’': "'",
  '‘': "'",
  '…': '\\ldots ',
  '⋯': '\\ldots ',
  '（': '(',
  '）': ')',
  '［': '[',
  '］': ']',
  '｛': '\\{',
  '｝': '\\}',
  '，': ', ',
  '、': ', ',
  '；': ';',
  '：': ':',
  '。': '. ',
  '＋': '+',
  '－': '-',
  '＝': '=',
  '＜': '<',
  '＞': '>',
  '｜': '|',
  '％': '%',
  '＊': '*',
  '∶': ':',
  '∕': '/',
  '∠': '\\angle ',
  '！': '!',
  '⌊': '\\lfloor ',
  '⌋': '\\rfloor ',
  '⌈': '\\lceil ',
  '⌉': '\\rceil ',
  Γ: '\\Gamma ',
  Δ: '\\Delta ',
  Θ: '\\Theta ',
  Λ: '\\Lambda ',
  Φ: '\\Phi ',
  Ψ: '\\Psi ',
  Ω: '\\Omega ',
  '⟨': '\\langle ',
  '⟩': '\\rangle ',
  '∣': '|',
  '∧': '\\wedge ',
  '∨': '\\vee ',
  '∂': '\\partial ',
  '\u00a0': ' ',
  '\u2002': ' ',
  '\u2003': ' ',
  '\u2009': '\\,',
  '\u202f': '\\,',
  '\u3000': ' ',
}

const fractions: Readonly<Record<string, string>> = {
  '½': '1/2',
  '⅓': '1/3',
  '⅔': '2/3',
  '¼': '1/4',
  '¾': '3/4',
  '⅕': '1/5',
  '⅖': '2/5',
  '⅗': '3/5',
  '⅘': '4/5',
  '⅙': '1/6',
  '⅚': '5/6',
  '⅛': '1/8',
  '⅜': '3/8',
  '⅝': '5/8',
  '⅞': '7/8',
}

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ'
const subscripts = '₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎'
const scripted = '0123456789+-=()ni'

const greek = [
  'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron',
  'rho final_sigma sigma tau upsilon phi chi psi omega',
]
  .join(' pi ')
  .split(' ')

const entities: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  le: '\\le ',
  ge: '\\ge ',
  ne: '\\ne ',
  amp: '&',
  nbsp: ' ',
  times: '\\times ',
  minus: '-',
  pi: '\\pi ',
  infin: '\\infty ',
  radic: '√',
  frac12: '1/2',
  deg: '^{\\circ}',
  plusmn: '\\pm ',
}

/**
 * One spelling for what Unicode, HTML and habit spell in many: typographic operators, digits of full width, super- and subscripts, `√`,
 * vulgar fractions, named entities, characters of no width. What is left is ASCII, LaTeX commands and words.
 */
export function normalize(text: string): string {
  const plain = /&[a-z]+\d*;/.test(text)
    ? text.replaceAll(/&([a-z]{2,8}(?:12)?);/g, (all, name) => own(entities, name) ?? all)
    : text
  return respelled(isAscii(plain) ? plain : fromUnicode(plain))
}

/** Habits of writing LaTeX and plain text that say the same in more letters. */
function respelled(text: string): string {
  let result = text
    .replaceAll(/(?<![\\A-Za-z])[dt]?frac(?=\{)/g, '\\frac')
    .replaceAll(/\b(?:np|math|sympy|sp)\.(?=[a-z])/g, '')
    // "3./2" is a number with its point and nothing behind it.
    .replaceAll(/(?<=\d)\.(?=\s?[/*^)])/g, '')
  if (result.includes('{'))
    result = result
      .replaceAll(/(?<=\d)\\text\{,\}(?=\d{3})/g, '{,}')
      .replaceAll(/\\text\{\s?([,.:])\s?\}/g, '$1 ')
      // A line that goes on with an equals sign belongs to the chain before it.
      .replaceAll(/\\\\\s{0,4}&?\s{0,4}(?==)/g, ' ')
      .replaceAll(/\{([-+=<>:;/()])\}/g, '$1')
      .replaceAll(/(?<![A-Za-z}^_\]])\{\}|(?<=\\[a-zA-Z]{2,12})\{\}(?!\{)/g, '')
  if (result.includes('\\not'))
    result = result.replaceAll(/\\not\s?=/g, '\\ne ').replaceAll(/\\not\s?\\in(?![a-z])/g, '\\notin ')
  if (/ty-/.test(result))
    result = result.replaceAll(/(?<=\b(?:twen|thir|for|fif|six|seven|eigh|nine)ty)-(?=[a-z])/gi, ' ')
  if (/\d/.test(result)) result = numbersInWords(result)
  if (/\dC_/.test(result))
    result = result.replaceAll(/(?<![\w})])[_^]\{?(\d{1,6})\}?\s?C_\{?(\d{1,6})\}?/g, '\\binom{$1}{$2}')
  return result
    .replaceAll(/\.{3,6}/g, '\\ldots ')
    .replaceAll(/(?<=\d\s?)[xX](?=\s?10\s?\^)/g, '\\times ')
    .replaceAll(
      /(?<=\d(?:\s|\\,|~)?(?:\\text\s?\{\s?)?)([aApP])\.?\s?[mM]\b\.?/g,
      (_, half) => `${half.toLowerCase()}m`,
    )
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 126) return false
  return true
}

function fromUnicode(text: string): string {
  const scripts = text
    .replaceAll(/[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ]+/g, (run) => `^{${unscripted(run, superscripts)}}`)
    .replaceAll(/[₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎]+/g, (run) => `_{${unscripted(run, subscripts)}}`)
    .replaceAll(/√\s{0,4}(\d+(?:\.\d+)?|[A-Za-z])/g, '\\sqrt{$1}')
    .replaceAll(/∛\s{0,4}(\d+(?:\.\d+)?|[A-Za-z])/g, '\\sqrt[3]{$1}')
    .replaceAll('√', '\\sqrt ')
    .replaceAll('∛', '\\sqrt[3] ')
  let result = ''
  for (const letter of scripts) result += spelled(letter)
  return result
}

function unscripted(run: string, from: string): string {
  return [...run].map((letter) => scripted[from.indexOf(letter)] ?? '').join('')
}

function spelled(letter: string): string {
  const known = own(spellings, letter)
  if (known !== undefined) return known
  const fraction = own(fractions, letter)
  if (fraction !== undefined) return `\\frac{${fraction.replace('/', '}{')}}`
  const code = letter.codePointAt(0) ?? 0
  if (isInvisible(code)) return ''
  if (code >= 0x3b1 && code <= 0x3c9) return `\\${greek[code - 0x3b1] ?? 'theta'} `
  if (code >= 0xff10 && code <= 0xff5a) return String.fromCharCode(code - 0xfee0)
  if (code >= 0x1d400 && code <= 0x1d7ff) return [...letter.normalize('NFKC')].map(spelled).join('')
  // Numbers of statements, ①③, are a list.
  if (code >= 0x2460 && code <= 0x2468) return `${code - 0x245f}, `
  const digit = digitValue(code)
  if (digit !== null) return String(digit)
  return letter
}

/** Digits of other scripts: Arabic-Indic, Persian, Devanagari, Bengali, Thai. */
function digitValue(code: number): number | null {
  for (const zero of [0x660, 0x6f0, 0x966, 0x9e6, 0xe50]) if (code >= zero && code <= zero + 9) return code - zero
  return null
}

function isInvisible(code: number): boolean {
  return (
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x202a && code <= 0x202e) ||
    (code >= 0x2060 && code <= 0x2064) ||
    code === 0xfeff ||
    code === 0xad
  )
}

/** Amounts that are said in two numbers, and fractions set with raised and lowered digits. */
function numbersInWords(text: string): string {
  return text
    .replaceAll(/(?<!\d)0\{,\}(?=\d{3}(?!\d))/g, '0.')
    .replaceAll(/\^\{(\d{1,9})\}\s?\/\s?_\{(\d{1,9})\}/g, '\\frac{$1}{$2}')
    .replaceAll(/(?<=\d\s?)h(?:rs?)?\s(?=\d{1,2}\s?m(?:in)?\b)/g, ' hours ')
    .replaceAll(/(?<=hours \d{1,2}\s?)m(?:in)?\b(?!\w)/g, ' minutes')
    .replaceAll(
      /(?<!\d)(\d{1,9}) dollars? and (\d{1,2}) cents?/g,
      (_, dollars, cents) => `${dollars}.${cents.padStart(2, '0')} dollars`,
    )
    .replaceAll(/(?<=\d(?:\s|\\[,; ]|~){0,3})(?:\\mathrm\s?\{)?([kM]?)\\Omega\s?\}?\s?$/g, ' \\text{$1ohm}')
}

/** A form feed or a tab is a backslash and a letter that went through JSON. */
export function unescaped(text: string): string {
  return /[\f\t]/.test(text)
    ? text.replaceAll(/\f(?=rac)/g, '\\f').replaceAll(/\t(?=(?:imes|ext|frac|heta|an)(?![a-z]))/g, '\\t')
    : text
}
