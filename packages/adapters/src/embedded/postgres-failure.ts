/** Says why PostgreSQL could not be made or started on a directory, from what it wrote, and what to do about it. */
export function explainFailure(what: 'initialise' | 'start', directory: string, output: string): Error {
  const failed = `PostgreSQL could not ${what} in ${directory}`
  const madeBy = /initialized by PostgreSQL version (\d+)/.exec(output)?.[1]
  if (madeBy !== undefined) {
    return new Error(
      `${failed}: the data were made by PostgreSQL ${madeBy}; dump them with that version, or choose another directory`,
    )
  }
  if (/No space left on device/i.test(output))
    return new Error(`${failed}: the disk is full; free some space or choose another directory`)
  if (/Permission denied|has wrong ownership|Operation not permitted/i.test(output)) {
    return new Error(
      `${failed}: the user it runs as cannot use the directory; choose one that it can reach\n${lastLines(output)}`,
    )
  }
  return new Error(`${failed}:\n${lastLines(output)}`)
}

function lastLines(output: string): string {
  return output.trim().split('\n').slice(-8).join('\n')
}
