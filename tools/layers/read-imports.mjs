/**
 * What a source imports: `import … from`, `import '…'`, `export … from` and `import('…')`, also in types. Only literal
 * specifiers. `star` marks `export *`.
 */
export function readImports(tokens) {
  const imports = []
  const is = (index, value, kind = 'punctuation') => tokens[index]?.kind === kind && tokens[index].value === value
  const add = (index, line, star = false) => imports.push({ specifier: tokens[index].value, line, star })

  for (const [index, { kind, value, line }] of tokens.entries()) {
    if (kind !== 'word' || (value !== 'import' && value !== 'export') || is(index - 1, '.')) continue
    let next = index + 1
    if (value === 'import' && is(next, '(')) {
      if (isText(tokens[next + 1])) add(next + 1, line)
      continue
    }
    if (value === 'import' && tokens[next]?.kind === 'string') {
      add(next, line)
      continue
    }
    if (is(next, 'type', 'word')) next++
    const star = value === 'export' && is(next, '*')
    if (value === 'export' && !star && !is(next, '{')) continue
    const from = endOfClause(tokens, next)
    if (is(from, 'from', 'word') && tokens[from + 1]?.kind === 'string') add(from + 1, line, star)
  }
  return imports
}

function isText(token) {
  return token?.kind === 'string' || token?.kind === 'template'
}

/** Index behind the names of an import or export: `a, { b as c }`, `* as d`. */
function endOfClause(tokens, start) {
  let index = start
  let depth = 0
  for (; index < tokens.length; index++) {
    const { kind, value } = tokens[index]
    if (kind === 'punctuation' && value === '{') depth++
    else if (kind === 'punctuation' && value === '}') depth--
    else if (depth === 0 && kind === 'word' && value === 'from' && tokens[index + 1]?.kind === 'string') return index
    else if (depth === 0 && !(kind === 'word' || value === '*' || value === ',')) return index
    else if (depth === 0 && kind === 'word' && index > start && tokens[index - 1].value === '}') return index
  }
  return index
}
