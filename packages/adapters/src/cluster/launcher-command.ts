import { PortError } from '@ratchet/ports/port-error.ts'

const known = {
  submit: ['name', 'directory', 'command', 'timeLimitMinutes', 'graceSeconds'],
  look: ['name', 'directory'],
  stop: ['name', 'directory', 'graceSeconds'],
  logs: ['name', 'directory', 'lines'],
} as const

/** What a launcher is asked. */
export type LauncherVerb = keyof typeof known

/**
 * Throws PortError, for good, for a command without a program, with a placeholder that this verb has no value for, or without
 * `{name}` or `{directory}`, by one of which a run is found again.
 */
export function checkLauncherCommand(verb: LauncherVerb, command: readonly string[]): void {
  const refuse = (why: string): never => {
    throw new PortError(`the launcher's command for ${verb} ${why}`, { retryable: false })
  }
  if (command[0] === undefined || command[0] === '') refuse('names no program')
  const used = command.flatMap((argument) => [...argument.matchAll(/\{([A-Za-z]+)\}/g)].map(([, name]) => name ?? ''))
  const names: readonly string[] = known[verb]
  // Other words in braces are the program's own.
  const wrong = used.find((name) => !names.includes(name) && isPlaceholder(name))
  if (wrong !== undefined) refuse(`has {${wrong}}, and can have ${names.map((name) => `{${name}}`).join(', ')}`)
  if (!used.includes('name') && !used.includes('directory')) refuse('has neither {name} nor {directory}')
  if (verb === 'submit' && !used.includes('command')) refuse('has no {command}')
}

function isPlaceholder(name: string): boolean {
  return Object.values(known).some((names: readonly string[]) => names.includes(name))
}

/** The command with its placeholders replaced, each within its argument. */
export function fillLauncherCommand(
  command: readonly string[],
  values: Readonly<Record<string, string | number>>,
): string[] {
  return command.map((argument) =>
    argument.replaceAll(/\{([A-Za-z]+)\}/g, (whole, name: string) => String(values[name] ?? whole)),
  )
}
