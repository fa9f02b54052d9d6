import { PortError } from '@ratchet/ports/port-error.ts'

/** The command of one checkpoint's server: `{path}`, `{name}` and `{port}` are replaced in each argument. */
export function serverCommand(
  command: readonly string[],
  values: Readonly<Record<'path' | 'name' | 'port', string>>,
): string[] {
  return command.map((argument) =>
    argument
      .replaceAll('{path}', () => values.path)
      .replaceAll('{name}', () => values.name)
      .replaceAll('{port}', () => values.port),
  )
}

/** A name that is a file's too. Throws PortError. */
export function checkServerName(name: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name))
    throw new PortError(`the deployment name ${JSON.stringify(name)} cannot be a file name`, { retryable: false })
  return name
}
