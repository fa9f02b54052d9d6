import { type CommandContext, print } from '../command-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { bar, compact } from '../progress/bar.ts'
import { createProgress } from '../progress/create-progress.ts'
import { type Pullable, pullFiles } from '../pull/pull-files.ts'

/** Downloads a dataset version or a checkpoint, each file proven by its hash; what is there already stays. */
export async function pull(
  context: CommandContext,
  what: Pullable,
  { out = what.id }: { readonly out?: string },
): Promise<number> {
  const { stream, isTty } = context.terminal
  const progress = createProgress({
    stream: context.json ? { write: () => {} } : stream,
    isTty: isTty && !context.json,
  })
  const pulled = await pullFiles(context.client, what, out, {
    onProgress: (path, done, total) =>
      progress.update([`${bar(total === 0 ? 1 : done / total, 24)}  ${compact(done)}B/${compact(total)}B  ${path}`]),
  })
  progress.done()
  print(context, pulled, () => {
    const had = pulled.files.filter((file) => file.had).length
    return `${what.id}: ${pulled.files.length} files in ${pulled.directory}${had === 0 ? '' : `, ${had} of them were there already`}`
  })
  return exitCodes.ok
}
