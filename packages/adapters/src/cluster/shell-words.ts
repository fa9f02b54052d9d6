/** A command as a POSIX shell reads it back, word for word; only words that are a variable of ours are left to the shell. */
export function shellWords(command: readonly string[]): string {
  return command.map(quoted).join(' ')
}

function quoted(argument: string): string {
  if (/^\$RATCHET_[A-Z_]+$/.test(argument)) return `"${argument}"`
  return /^[\w./:=@%+,-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`
}
