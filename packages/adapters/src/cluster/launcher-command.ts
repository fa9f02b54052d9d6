import { type LauncherVerb, launcherCommandFault } from '@ratchet/domain/recipe/launcher-command.ts'
import { PortError } from '@ratchet/ports/port-error.ts'

/** Throws PortError, for good, for a command that cannot be a launcher's. */
export function checkLauncherCommand(verb: LauncherVerb, command: readonly string[]): void {
  const fault = launcherCommandFault(verb, command)
  if (fault === null) return
  throw new PortError(`the launcher's command for ${verb} ${fault.message}: ${fault.remedy}`, { retryable: false })
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
