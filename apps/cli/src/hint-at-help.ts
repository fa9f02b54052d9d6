import type { Command } from 'commander'

/** Has a wrong command line told where the help of the command that was meant is. `name` is all that is typed before the options. */
export function hintAtHelp(command: Command, name: string): void {
  const what = command.commands.length > 0 ? 'lists its commands' : 'says how to use it'
  command.showHelpAfterError(`\`${name} --help\` ${command.parent === null ? 'lists the commands' : what}`)
  for (const each of command.commands) hintAtHelp(each, `${name} ${each.name()}`)
}
