import { createReadStream } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { ReadableStream as WebStream } from 'node:stream/web'
import { type CommandContext, print } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { UsageError } from '../usage-error.ts'

export async function importProblems(
  context: CommandContext,
  file: string,
  options: { readonly name: string },
): Promise<number> {
  const set = await context.client.uploadProblems(options.name, await openRows(file))
  print(context, set, () => `${set.id}  ${set.name}  ${set.count} problems`)
  return exitCodes.ok
}

export async function importDemonstrations(
  context: CommandContext,
  file: string,
  options: { readonly name: string; readonly problemSet: string },
): Promise<number> {
  const set = await context.client.uploadDemonstrations(options.name, options.problemSet, await openRows(file))
  print(context, set, () => `${set.id}  ${set.name}  ${set.count} demonstrations`)
  return exitCodes.ok
}

async function openRows(file: string): Promise<WebStream<Uint8Array>> {
  try {
    await access(file)
  } catch {
    throw new Error(`there is no readable file ${file}`)
  }
  if ((await stat(file)).isDirectory()) throw new UsageError(`${file} is a directory: name a file of rows`)
  return Readable.toWeb(createReadStream(file, { highWaterMark: 256 * 1024 }))
}
