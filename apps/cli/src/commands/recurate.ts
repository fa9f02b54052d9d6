import { type CommandContext, print } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { readYamlFile } from '../read-yaml-file.ts'
import { refusedByName } from '../refused-by-name.ts'

/** Makes new dataset versions of a round under other curation rules; the file is a recipe's `curate` section. */
export async function recurate(
  context: CommandContext,
  roundId: string,
  options: { readonly curate: string },
): Promise<number> {
  const rules = await readYamlFile(options.curate)
  const made = await refusedByName(options.curate, () => context.client.recurate(roundId, rules))
  print(context, made, () =>
    made.versions.map(({ id, kind, manifest }) => `${id}  ${kind}  ${manifest.rows} rows`).join('\n'),
  )
  return exitCodes.ok
}
