import { closestWord } from './closest-word.ts'

/** The placeholders that each command of a launcher has values for. */
const known = {
  submit: ['name', 'directory', 'command', 'timeLimitMinutes', 'graceSeconds'],
  look: ['name', 'directory'],
  stop: ['name', 'directory', 'graceSeconds'],
  logs: ['name', 'directory', 'lines'],
} as const

/** What a launcher is asked. */
export type LauncherVerb = keyof typeof known

export const launcherVerbs: readonly LauncherVerb[] = ['submit', 'look', 'stop', 'logs']

/**
 * Why a command cannot be a launcher's, or null: it names no program, has a placeholder that this verb has no value for or one that is
 * misspelt, or lacks `{name}` and `{directory}`, by one of which a run is found again, or what it is to submit. Other words in braces
 * are the program's own.
 */
export function launcherCommandFault(
  verb: LauncherVerb,
  command: readonly string[],
): { readonly message: string; readonly remedy: string } | null {
  const names: readonly string[] = known[verb]
  const listed = names.map((name) => `{${name}}`).join(', ')
  if (command[0] === undefined || command[0] === '')
    return { message: 'names no program', remedy: 'begin with the program' }
  const used = command.flatMap((argument) => [...argument.matchAll(/\{([A-Za-z]+)\}/g)].map(([, name]) => name ?? ''))
  for (const word of used.filter((each) => !names.includes(each))) {
    const meant = closestWord(word, allNames) ?? allNames.find((name) => lettersOf(name) === lettersOf(word)) ?? null
    if (meant === null) continue
    if (allNames.includes(word)) return { message: `has {${word}}, and can have ${listed}`, remedy: `remove {${word}}` }
    return {
      message: `has {${word}}, which is no placeholder`,
      remedy: `did you mean {${meant}}? It can have ${listed}`,
    }
  }
  if (!used.includes('name') && !used.includes('directory'))
    return { message: 'has neither {name} nor {directory}', remedy: 'give it the one by which it finds a run again' }
  if (verb === 'submit' && !used.includes('command'))
    return { message: 'has no {command}', remedy: 'add {command}, which is what it is to run' }
  return null
}

const allNames: readonly string[] = [...new Set(launcherVerbs.flatMap((verb): readonly string[] => known[verb]))]

/** Two letters that changed places are two edits, too many for a short word. */
function lettersOf(word: string): string {
  return [...word.toLowerCase()].sort().join('')
}
