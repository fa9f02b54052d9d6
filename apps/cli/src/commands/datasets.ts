import { type CommandContext, print } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { table } from '../table.ts'

export async function listDatasets(
  context: CommandContext,
  options: { readonly iteration?: string; readonly round?: string; readonly kind?: string },
): Promise<number> {
  const versions = await context.client.datasets({
    iterationId: options.iteration,
    roundId: options.round,
    kind: options.kind,
  })
  print(context, versions, () =>
    versions.length === 0
      ? 'no dataset versions'
      : table(
          ['dataset', 'kind', 'rows', 'round', 'name'],
          versions.map(({ id, kind, manifest, roundId }) => [id, kind, String(manifest.rows), roundId, manifest.name]),
        ),
  )
  return exitCodes.ok
}
