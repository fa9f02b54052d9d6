import { type CommandContext, print } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { bar, compact } from '../progress/bar.ts'
import { createProgress } from '../progress/create-progress.ts'
import { pullDataset } from '../pull-dataset.ts'
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

/** Downloads a version, each file proven by its hash; what is there already stays. */
export async function pull(context: CommandContext, id: string, options: { readonly out?: string }): Promise<number> {
  const directory = options.out ?? id
  const { stream, isTty } = context.terminal
  const progress = createProgress({
    stream: context.json ? { write: () => {} } : stream,
    isTty: isTty && !context.json,
  })
  const pulled = await pullDataset(context.client, id, directory, {
    onProgress: (path, done, total) =>
      progress.update([`${bar(total === 0 ? 1 : done / total, 24)}  ${compact(done)}B/${compact(total)}B  ${path}`]),
  })
  progress.done()
  print(context, pulled, () => {
    const had = pulled.files.filter((file) => file.had).length
    return `${id}: ${pulled.files.length} files in ${pulled.directory}${had === 0 ? '' : `, ${had} of them were there already`}`
  })
  return exitCodes.ok
}
