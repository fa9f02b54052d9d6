import { formulasOf } from './mathematics.ts'

/** Only so much of the end of a text is searched for phrases. */
const searched = 50_000

/** What follows a phrase, as far as it is looked at. */
const longest = 4000

/** Phrases that announce the final answer; some only count on a line of their own. */
const phrases = new RegExp(
  [
    String.raw`(?:\b(?:final|correct|right|required|desired)\s{1,3})?\banswers?\b\s{0,3}(?:to (?:the|this) (?:question|problem)\s{1,3})?(?:\*{0,2}\s{0,3}[:：]\s{0,3}\*{0,2}|(?:is|are|was|would be|will be|should be|must be|becomes)\b\s{0,3}:?|=)`,
    String.raw`(?:^|\n)[ #*_]{0,8}(?:final\s{1,3})?(?:answer|result|solution)s?[*_ ]{0,4}(?=\n)`,
    String.raw`(?:^|\n)[ *_]{0,8}(?:result|solution|ans)[*_ ]{0,4}:[*_ ]{0,4}`,
    String.raw`(?:^|\n)\s{0,4}(?:step \d{1,3}:\s{0,3})?####`,
    String.raw`(?:^|\n)[ *_]{0,6}A\s{0,2}:[*_ ]{0,4}`,
    String.raw`\b(?:correct|right|best|final)\s{1,3}(?:choice|option|alternative)\s{1,3}(?:is|was)\b\s{0,3}:?`,
    '<(?:answer|final|final_answer|result)>',
    String.raw`"(?:final_)?answer"\s{0,3}:`,
    '(?:最终)?答案(?:是\\s{0,2}[：:]?|为\\s{0,2}[：:]?|：|:|\\s{0,3}=)',
    '答え(?:は|：|:)|정답[은:]\\s{0,2}',
    'ответ(?:ом является)?[\\s*]{0,4}[:：—-][\\s*]{0,4}',
    'réponse(?: finale)?\\s{0,3}(?:est\\b|:)',
    '(?:ist )?(?:die |meine )?(?:endgültige )?antwort\\s{0,3}(?:ist\\b|lautet\\b|:|(?=\\d|\\$))',
    'respuesta(?: final| correcta)?\\s{0,3}(?:es\\b|:)',
    'resposta(?: final)?\\s{0,3}(?:é|:)',
    'risposta(?: finale)?\\s{0,3}(?:è|:)',
    '(?:الجواب|الإجابة)(?: النهائي| النهائية)?\\s{0,3}(?:هو|هي|:)',
    'उत्तर\\s{0,3}(?:है|:|(?=\\d))',
  ].join('|'),
  'gi',
)

const adverbs =
  /^(?:therefore|thus|hence|then|simply|just|indeed|clearly|also|still|now|equal to|given by|exactly|approximately|:|=)\s+/i

/** What follows the last announcement that an answer follows, up to the end of its sentence; null when nothing is announced. */
export function announcedText(text: string): string | null {
  const tail = text.slice(-searched)
  const places: number[] = []
  for (const match of tail.matchAll(phrases)) places.push(match.index + match[0].length)
  // From the last one, since most say no more than that an answer is sought.
  for (const place of places.reverse().slice(0, 64)) {
    let following = afterPhrase(tail.slice(place, place + longest))
    for (let round = 0; round < 3; round++) following = following.replace(adverbs, '')
    if (!isAnswer(following)) continue
    // Taken back in what follows: "Actually no, that is wrong."
    const later = tail.slice(place + following.length, place + following.length + 300)
    return /\b(?:actually|wait),? no\b|\b(?:that|this|it) (?:is|was) (?:wrong|incorrect|not)\b|\bmy mistake\b|\bcan(?:'t|not) be (?:right|correct)\b|\bI (?:do not|don't|cannot|can't) (?:know|find|give) (?:the|an|any) answer\b/i.test(
      later,
    )
      ? `${following} (taken back)`
      : following
  }
  return null
}

/** Mathematics, a number, or a few words; not the rest of a sentence. */
function isAnswer(text: string): boolean {
  if (text === '') return false
  // What is denied is the last word too.
  if (/^not\b/i.test(text)) return true
  if (/^(?:\\|\$|[-−+±([{|]?\s?[\d\\$.])/.test(text) || /^[A-Za-z](?:_\w)?(?:\(\w\))?\s?=/.test(text)) return true
  const words = text.split(/\s+/).length
  return words <= 5 &&
    !/^(?:let|we|first|given|since|consider|note|suppose|to|that|in|of|as|it|correct|wrong|right|what|when|found|by|the sum of)\b/i.test(
      text,
    )
    ? true
    : formulasOf(text)[0]?.begin === 0
}

/** The rest of the line, or the next line that is not empty when nothing does. */
function afterPhrase(rest: string): string {
  const [line = '', next] = rest
    .split('\n', 24)
    .map((line) => withoutMarkup(line))
    .filter((line) => line !== '' && !/^[*_:#-]+$|^```/.test(line))
  // "The sum is:", and then what it is.
  const first = line.endsWith(':') && next !== undefined ? next : line
  // A display formula may go over several lines.
  const opened = /^(?:\$\$|\\\[)/.exec(first)?.[0]
  if (opened !== undefined) {
    const close = opened === '$$' ? '$$' : '\\]'
    const begin = rest.indexOf(opened)
    const end = rest.indexOf(close, begin + 2)
    if (end !== -1) return rest.slice(begin, end + 2).trim()
  }
  // {"answer": "5"}
  const bare = /^"([^"]*)"\s*[,}]?/.exec(first)?.[1] ?? first.replace(/^([^{}]*)\}$/, '$1')
  return firstSentence(bare.replace(/<\/(?:answer|final|final_answer|result)>.*$/, ''))
}

/** Without Markdown's emphasis around it, headings and list marks. */
export function withoutMarkup(line: string): string {
  let text = line.trim().replace(/^(?:#{1,6}|[-*+>])\s+/, '')
  text = text.replace(/^(`+|\*+|_+)([^`*_]+)\1([.,!]?)$/, '$2$3').replace(/(?<![\s✅✓✔☑✨🎉])\s*[✅✓✔☑✨🎉]+$/u, '')
  while (/^(?:\*\*|__|[*_`])/.test(text) && text.length > 1) text = text.replace(/^(?:\*\*|__|[*_`])/, '').trimStart()
  while (/(?:\*\*|__|[*_`])$/.test(text) && text.length > 1) text = text.replace(/(?:\*\*|__|[*_`])$/, '').trimEnd()
  return text
}

/** Up to the full stop that ends the sentence: one before white space and a capital, or at the end. */
function firstSentence(line: string): string {
  const stop = /(?<![A-Z])(?:[.。](?=\s+[A-Z\p{Lo}]|\s*$)|입니다|\s?です|\s?है(?=[।\s]|$))/u.exec(line)
  return (stop === null ? line : line.slice(0, stop.index)).replaceAll('**', '').trim()
}
