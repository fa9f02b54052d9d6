/** After these words a `/` opens a regular expression; after any other word or a closing bracket it divides. */
const beforeExpression = new Set(
  'return typeof case in of new delete void throw await yield instanceof else do default extends'.split(' '),
)

/**
 * The tokens of a TypeScript source, without comments: words, strings (their raw content), templates' texts, regular
 * expressions and single characters of punctuation, each with its line. Knows no grammar. A string or a regular expression
 * ends with its line at the latest, so that a source it misreads stays misread for one line.
 */
export function scanSource(text) {
  const tokens = []
  /** For each template that is open, how many braces are open inside its `${`. */
  const templates = []
  let at = 0
  let line = 1

  const add = (kind, value) => tokens.push({ kind, value, line })
  const advance = (length) => {
    const passed = text.slice(at, at + length)
    for (const character of passed) if (character === '\n') line++
    at += length
    return passed
  }
  const rest = (pattern) => {
    pattern.lastIndex = at
    return pattern.exec(text)?.[0]
  }
  /** From behind the backquote or the closing brace to the next `${` or backquote. */
  const template = () => {
    const startLine = line
    const body = rest(/(?:[^`\\$]|\\.|\$(?!\{))*/sy) ?? ''
    advance(body.length)
    tokens.push({ kind: 'template', value: body, line: startLine })
    if (text[at] === '$') templates.push(0)
    advance(text[at] === '$' ? 2 : 1)
  }

  while (at < text.length) {
    const character = text[at]
    const skipped = rest(/\s+|\/\/[^\n]*|\/\*.*?(?:\*\/|$)/sy)
    if (skipped !== undefined) {
      advance(skipped.length)
      continue
    }
    const word = rest(/[\p{ID_Start}$_#@][\p{ID_Continue}$]*|\d[\w.]*/uy)
    if (word !== undefined) {
      add('word', word)
      advance(word.length)
    } else if (character === "'" || character === '"') {
      const string = rest(character === "'" ? /'(?:[^'\\\n]|\\.)*'?/sy : /"(?:[^"\\\n]|\\.)*"?/sy) ?? character
      add('string', string.slice(1, string.endsWith(character) && string.length > 1 ? -1 : undefined))
      advance(string.length)
    } else if (character === '`') {
      advance(1)
      template()
    } else if (character === '}' && templates.at(-1) === 0) {
      templates.pop()
      advance(1)
      template()
    } else if (character === '/' && opensExpression(tokens.at(-1))) {
      const expression = rest(/\/(?:[^/\\[\n]|\\[^\n]|\[(?:[^\]\\\n]|\\[^\n])*\])*\/?\w*/y) ?? character
      add('expression', expression)
      advance(expression.length)
    } else {
      if (character === '{' && templates.length > 0) templates.push(templates.pop() + 1)
      if (character === '}' && templates.length > 0) templates.push(templates.pop() - 1)
      add('punctuation', character)
      advance(1)
    }
  }
  return tokens
}

function opensExpression(previous) {
  if (previous === undefined) return true
  if (previous.kind === 'word') return beforeExpression.has(previous.value)
  return previous.kind === 'punctuation' && !')]}'.includes(previous.value)
}
