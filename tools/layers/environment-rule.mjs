import { workspaceOf } from './workspace-of.mjs'

/** The files of an app that may read the environment; one of them does. */
const environmentFile = /^(?:env|main)\.ts$/

/** Says of each read of `process.env` outside of tests why it is wrong: `sources` of one repository, as `{ path, tokens }`. */
export function judgeEnvironment(sources) {
  const found = []
  const readers = new Map()
  for (const { path, tokens } of sources) {
    const { directory, isApp, inside, testing } = workspaceOf(path)
    const lines = testing ? [] : linesReadingEnvironment(tokens)
    const rightful = isApp && environmentFile.test(inside)
    const remedy = isApp ? 'an app reads it in its env.ts or main.ts alone' : 'take the value as an argument'
    for (const line of rightful ? [] : lines) found.push({ path, line, what: 'reads process.env', remedy })
    if (!rightful || lines.length === 0) continue
    const earlier = readers.get(directory)
    if (earlier === undefined) readers.set(directory, path)
    else found.push({ path, line: lines[0], what: 'reads process.env', remedy: `${earlier} does it for ${directory}` })
  }
  return found
}

function linesReadingEnvironment(tokens) {
  if (bindsProcess(tokens)) return []
  return tokens.flatMap(({ kind, value, line }, index) => {
    const [dot, name] = tokens.slice(index + 1, index + 3).map((token) => token.value)
    const reads = kind === 'word' && value === 'process' && tokens[index - 1]?.value !== '.'
    return reads && /^[.[]$/.test(dot) && name === 'env' ? [line] : []
  })
}

/** A parameter or a constant of the name `process` is not Node's. */
function bindsProcess(tokens) {
  return tokens.some(({ kind, value }, index) => {
    if (kind !== 'word' || value !== 'process') return false
    const before = tokens[index - 1]?.value
    return /^(?:const|let)$/.test(before) || (tokens[index + 1]?.value === ':' && /^[(,]$/.test(before))
  })
}
