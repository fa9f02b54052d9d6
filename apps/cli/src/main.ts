import { fileURLToPath } from 'node:url'
import { CommanderError } from 'commander'
import { ApiRefused, ApiUnreachable } from './api-error.ts'
import { createProgram } from './create-program.ts'
import { exitCodes } from './exit-codes.ts'
import { fieldErrors } from './field-errors.ts'
import { UsageError } from './usage-error.ts'

/** Runs one command and returns the code to exit with. Errors are one sentence on standard error, and a list of fields below. */
export async function main(argv: readonly string[]): Promise<number> {
  let code: number = exitCodes.ok
  const projectDirectory = fileURLToPath(new URL('../../..', import.meta.url))
  const program = createProgram({
    env: process.env,
    roots: [process.cwd(), projectDirectory],
    projectDirectory,
    stdin: () => process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    ended: (ended) => {
      code = ended
    },
  })
  try {
    await program.parseAsync(argv, { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
    process.stderr.write(`ratchet: ${error instanceof Error ? error.message : String(error)}\n`)
    if (error instanceof ApiRefused && error.document.errors.length > 0)
      process.stderr.write(`${fieldErrors(error.document.errors)}\n`)
    if (isWrongCommandLine(error) || error instanceof UsageError) return exitCodes.usage
    if (error instanceof ApiUnreachable) return exitCodes.unreachable
    return error instanceof ApiRefused ? exitCodes.refused : exitCodes.failed
  }
}

/** What `parseArgs` throws for options that are not known or lack a value. */
function isWrongCommandLine(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_')
}
