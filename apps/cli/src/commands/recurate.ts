import { type CommandContext, print } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { readYamlFile } from '../read-yaml-file.ts'

/** Makes new dataset versions of a round under other curation rules; the file is a recipe's `curate` section. */
export async function recurate(
  context: CommandContext,
  roundId: string,
  options: { readonly curate: string },
): Promise<number> {
  const made = await context.client.recurate(roundId, await readYamlFile(options.curate))
  print(context, made, () =>
    made.versions.map(({ id, kind, manifest }) => `${id}  ${kind}  ${manifest.rows} rows`).join('\n'),
  )
  return exitCodes.ok
}
