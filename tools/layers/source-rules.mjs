/** Names that say nothing about what is inside. */
const emptyNames =
  /^(?:shared|commons?|utils?|helpers?|libs?|types|misc|core|services?|managers?|agents?|jobs?|tasks?)$/
const emptyEndings = /-(?:utils?|helpers?|misc|services?|managers?)$/

/** What is wrong with the path itself, as `{ what, remedy }`; null when it is fine. */
export function judgePath(path) {
  const names = path.split('/').slice(1)
  const empty = names.map((name) => name.split('.')[0]).find((name) => emptyNames.test(name) || emptyEndings.test(name))
  if (empty === undefined) return null
  return { what: `is named ${empty}`, remedy: 'name the concept that is inside' }
}

/** Sequences of tokens that the house does without. */
const constructs = [
  [['export', 'default'], 'has a default export', 'name what it exports'],
  [['as', 'default', /^[,}]$/], 'has a default export', 'name what it exports'],
  [
    [/^(?:jest|vi)$/, '.', /^(?:mock|doMock|setMock|unstable_mockModule)$/],
    'mocks a module',
    'give the code a fake that passes the contract of its port',
  ],
  [[/^f(?:it|describe|test)$/, '('], 'focuses a test', 'every test runs: remove the f'],
  [[/^x(?:it|describe|test)$/, '('], 'skips a test', 'remove the x, or the test'],
]

/** The constructs in a source that the house does without, as `{ line, what, remedy }`. */
export function judgeSource(tokens) {
  return tokens.flatMap(({ line }, index) => {
    if (tokens[index - 1]?.value === '.') return []
    const construct = constructs.find(([sequence]) =>
      sequence.every((each, offset) => is(tokens[index + offset], each)),
    )
    if (construct !== undefined) return [{ line, what: construct[1], remedy: construct[2] }]
    return judgeModifier(tokens, index).map((judged) => ({ line, ...judged }))
  })
}

/** `test.only`, `describe.todo`, and a skip whose title does not say `skipped: ` and why. */
function judgeModifier(tokens, index) {
  if (!is(tokens[index], /^(?:test|it|describe)$/)) return []
  for (let dot = index + 1; is(tokens[dot], '.'); dot += 2) {
    const [modifier, after, title] = tokens.slice(dot + 1, dot + 4)
    if (is(modifier, 'only')) return [{ what: 'focuses a test', remedy: 'every test runs: remove .only' }]
    if (is(modifier, 'todo')) return [{ what: 'has a test to be written', remedy: 'write it or remove it' }]
    if (is(modifier, 'skip') && is(after, '(') && !/\bskipped: ./.test(title?.value))
      return [{ what: 'skips a test', remedy: 'say why and how to have it run in the title: (skipped: …)' }]
  }
  return []
}

function is(token, expected) {
  if (token === undefined || (token.kind !== 'word' && token.kind !== 'punctuation')) return false
  return typeof expected === 'string' ? expected === token.value : expected.test(token.value)
}
