/** Only so much of the end of a text is searched for phrases. */
const searched = 50_000

/**
 * Phrases that announce the final answer. A lone `A:` or `####` counts at the beginning of a line only.
 */
const phrases = new RegExp(
  [
    String.raw`(?:final|correct|right)?\s{0,3}\banswers?\b\s{0,3}(?:to the (?:question|problem)\s{1,3})?(?:\*{0,2}\s{0,3}[:：]\s{0,3}\*{0,2}|(?:is|are|was|would be|will be|should be|must be|becomes)\b\s{0,3}:?|=)`,
    String.raw`(?:最终)?答案(?:是|为|：|:|\s{0,3}=)`,
    String.raw`\bответ(?:ом является)?\s{0,3}\*{0,2}\s{0,3}[:：—-]`,
    String.raw`\b(?:la )?réponse(?: finale)?\s{0,3}(?:est\b|:)`,
    String.raw`\b(?:die )?(?:endgültige )?antwort\s{0,3}(?:ist|lautet|:)`,
    String.raw`\b(?:la )?respuesta(?: final| correcta)?\s{0,3}(?:es\b|:)`,
    String.raw`\b(?:a )?resposta(?: final)?\s{0,3}(?:é|:)`,
    String.raw`\b(?:la )?risposta(?: finale)?\s{0,3}(?:è|:)`,
    String.raw`答え(?:は|：|:)`,
    String.raw`(?:^|\n)\s{0,4}(?:step \d{1,3}:\s{0,3})?####`,
    String.raw`(?:^|\n)\s{0,4}\*{0,2}A\s{0,2}:\*{0,2}`,
    String.raw`(?:^|\n)\s{0,4}\*{0,2}(?:result|solution|ans)\*{0,2}\s{0,2}:\*{0,2}`,
  ].join('|'),
  'gi',
)

/** What follows the last announcement of a final answer, up to the end of its sentence; null when nothing is announced. */
export function announcedText(text: string): string | null {
  const tail = text.slice(-searched)
  let rest: string | null = null
  for (const match of tail.matchAll(phrases)) {
    const following = afterPhrase(tail.slice(match.index + match[0].length, match.index + match[0].length + 4000))
    if (following !== '') rest = following
  }
  return rest
}

/** The rest of the line, or the next line that is not empty when nothing does. */
function afterPhrase(rest: string): string {
  const [first = ''] = rest
    .split('\n', 24)
    .map((line) => withoutMarkup(line))
    .filter((line) => line !== '' && !/^[*_:#-]+$/.test(line))
  // A display formula may go over several lines.
  const opened = /^(?:\$\$|\\\[)/.exec(first)?.[0]
  if (opened !== undefined) {
    const close = opened === '$$' ? '$$' : '\\]'
    const begin = rest.indexOf(opened)
    const end = rest.indexOf(close, begin + 2)
    if (end !== -1) return rest.slice(begin, end + 2).trim()
  }
  return sentence(first)
}

/** Without Markdown's emphasis around it, headings and list marks. */
export function withoutMarkup(line: string): string {
  let text = line.trim().replace(/^(?:#{1,6}|[-*+>]|\d{1,2}\.)\s+/, '')
  while (/^(?:\*\*|__|[*_`])/.test(text) && text.length > 1) text = text.replace(/^(?:\*\*|__|[*_`])/, '').trimStart()
  while (/(?:\*\*|__|[*_`])$/.test(text) && text.length > 1) text = text.replace(/(?:\*\*|__|[*_`])$/, '').trimEnd()
  return text.replace(/^(?:\*\*)?\s{0,4}/, '')
}

/** Up to the full stop that ends the sentence: one before white space and a capital, or at the end. */
function sentence(line: string): string {
  const stop = /(?<![A-Z])[.。](?=\s+[A-Z\p{Lo}]|\s*$)/u.exec(line)
  return (stop === null ? line : line.slice(0, stop.index)).replaceAll('**', '').trim()
}
