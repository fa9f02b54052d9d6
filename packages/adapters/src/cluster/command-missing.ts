/** Whether a shell ended with this exit code because what it should run is not there, or may not be run: the trainer has no such code. */
export function isCommandMissing(exitCode: number | null | undefined): boolean {
  return exitCode === 126 || exitCode === 127
}

export const commandMissing =
  "its command is not there or may not be run; the trainer's log names it: correct cluster.trainer, or put it under that path on the cluster's machines"
