import { Command, InvalidArgumentError } from 'commander'
import { findApi } from './api-address.ts'
import { createApiClient } from './api-client.ts'
import type { CommandContext } from './command-context.ts'
import type { VerifyOptions } from './commands/verify.ts'
import { hintAtHelp } from './hint-at-help.ts'
import type { OwnOptions } from './own-options.ts'

/** What the command line takes from its process. */
export type Process = {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where a running server may have left its address, best first. */
  readonly roots: readonly string[]
  readonly projectDirectory: string
  /** Opened when it is asked for. */
  readonly stdin: () => NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  /** Told the exit code of the command that ran. */
  readonly ended: (code: number) => void
}

type Globals = { readonly api?: string; readonly apiKeyEnv: string; readonly json?: boolean }

const exitCodeHelp = `
Exit codes: 0 done; 1 done, and the answer is no (an iteration did not succeed, a recipe has problems, a cluster would refuse it), or
another failure; 2 wrong command line; 3 the API cannot be reached; 4 the API refused; 130 Ctrl-C.`

const verifyHelp = `
A row: id (text or number), kind (math, choice, exact, code or judge), gold (a text, or several of which any will do; of kind code the
test program), response (what the model wrote), problem (the question; the judge is shown it) and options: extract (where the answer is
looked for: some of boxed, latex, expression, choice, last-number, raw), choices (the texts of the options), strict, decimals, percent
("ignore" or "exact"). Without a file rows are read from standard input.
A result, in the order of the rows: id, verdict (correct, incorrect or undecided), reason, extracted, verifier, ms. A row that cannot be
read, a line of more than 64 MiB and a verifier that fails give undecided. Exit code 0: every row has its result.`

/** All commands. Each is loaded only when it runs. */
export function createProgram(process: Process): Command {
  const program = new Command('ratchet')
    .description('Imitate, explore, self-improve: the training loop of reasoning language models.')
    .option('--api <url>', 'the API; else RATCHET_API, else the server running here, else http://127.0.0.1:7420')
    .option('--api-key-env <name>', 'the environment variable that holds the API key', 'RATCHET_API_KEY')
    .option('--json', 'print JSON')
    .addHelpText('after', exitCodeHelp)
    .exitOverride()
    .configureOutput({ writeOut: (text) => process.stdout.write(text), writeErr: (text) => process.stderr.write(text) })

  const globals = (): Globals => program.opts<Globals>()
  const out = (text: string): void => void process.stdout.write(text)
  const context = async (): Promise<CommandContext> => {
    const { api, apiKeyEnv, json = false } = globals()
    const url = await findApi(api, process.env, process.roots)
    return {
      client: createApiClient({ url, apiKey: process.env[apiKeyEnv] || undefined }),
      json,
      out,
      terminal: { stream: process.stderr, isTty: process.stderr.isTTY === true },
      interrupted,
    }
  }
  /** Runs a command with its context and keeps its exit code. */
  const run =
    <Args extends readonly unknown[]>(command: (context: CommandContext, ...args: Args) => Promise<number>) =>
    async (...args: Args): Promise<void> =>
      process.ended(await command(await context(), ...args))

  program
    .command('start <recipe>')
    .description('start an iteration from a recipe (YAML or JSON)')
    .option('--idempotency-key <key>', 'starting again with the same key gives the same iteration')
    .option('--watch', 'show it until it is over')
    .action(
      run(async (...args: Parameters<typeof import('./commands/start.ts').start>) =>
        (await import('./commands/start.ts')).start(...args),
      ),
    )
  program
    .command('watch <iteration>')
    .description('show an iteration until it is over; Ctrl-C leaves it running')
    .action(run(async (each, id: string) => (await import('./commands/watch.ts')).watch(each, id)))
  program
    .command('status [iteration]')
    .description('all iterations, or the rounds of one')
    .action(run(async (each, id: string | undefined) => (await import('./commands/status.ts')).status(each, id)))
  for (const [steering, what] of [
    ['pause', 'let no new rollout begin, and training rest with a checkpoint'],
    ['resume', 'go on after a pause'],
    ['cancel', 'end an iteration, also what it runs on the cluster'],
  ] as const)
    program
      .command(`${steering} <iteration>`)
      .description(what)
      .action(run(async (each, id: string) => (await import('./commands/steer.ts')).steer(each, steering, id)))

  program
    .command('release <iteration>')
    .description('take out of service what an iteration that is over still serves')
    .action(run(async (each, id: string) => (await import('./commands/release.ts')).release(each, id)))

  program
    .command('retry <iteration>')
    .description('go on with a failed iteration where its round failed, keeping everything that was done')
    .option('--with <file>', 'what to change of how it runs: cluster, serving, patience, each whole (YAML or JSON)')
    .option('--watch', 'show it until it is over')
    .action(
      run(async (each, id: string, options: { with?: string; watch?: boolean }) =>
        (await import('./commands/retry.ts')).retry(each, id, options),
      ),
    )

  const imports = program.command('import').description('upload problems or demonstrations (JSON Lines)')
  imports
    .command('problems <file>')
    .description(
      'rows of {id, prompt, verification: {kind: "exact" | "math" | "choice" | "code" | "judge", gold: [...]}, domain?, difficulty?}',
    )
    .requiredOption('--name <name>', 'what recipes call the set')
    .action(
      run(async (each, file: string, options: { name: string }) =>
        (await import('./commands/import-rows.ts')).importProblems(each, file, options),
      ),
    )
  imports
    .command('demonstrations <file>')
    .description('rows of {problemId, text}')
    .requiredOption('--name <name>', 'what recipes call the set')
    .requiredOption('--problem-set <id-or-name>', 'the problems they solve')
    .action(
      run(async (each, file: string, options: { name: string; problemSet: string }) =>
        (await import('./commands/import-rows.ts')).importDemonstrations(each, file, options),
      ),
    )

  program
    .command('recurate <round>')
    .description('make new dataset versions from what a round sampled, under other rules')
    .requiredOption('--curate <file>', 'the curate section of a recipe (YAML or JSON)')
    .action(
      run(async (each, id: string, options: { curate: string }) =>
        (await import('./commands/recurate.ts')).recurate(each, id, options),
      ),
    )

  program
    .command('reverify <round>')
    .description('verify stored attempts of a round again; the new verdicts count, the old ones stay')
    .option('--only <decision>', 'those whose newest verdict is correct, incorrect or undecided')
    .option('--purpose <purpose>', 'explore or evaluate')
    .option('--problem-set <id-or-name>', 'attempts at this set')
    .option('--problem <id...>', 'attempts at these problems')
    .option('--verified-by <verifier...>', 'those whose newest verdict is by one of these, as in exact@1')
    .option('--not-verified-by <verifier...>', 'those whose newest verdict is by none of these')
    .option('--idempotency-key <key>', 'asking again with the same key begins nothing new')
    .option('--wait', 'show it until it is done')
    .action(
      run(async (...args: Parameters<typeof import('./commands/reverify.ts').reverify>) =>
        (await import('./commands/reverify.ts')).reverify(...args),
      ),
    )

  const datasets = program.command('datasets').description('list dataset versions, or pull one')
  datasets
    .command('list')
    .description('newest first')
    .option('--iteration <id>')
    .option('--round <id>')
    .option('--kind <kind>', 'sft or preference')
    .action(
      run(async (each, options: { iteration?: string; round?: string; kind?: string }) =>
        (await import('./commands/datasets.ts')).listDatasets(each, options),
      ),
    )
  datasets
    .command('pull <dataset>')
    .description('download a version; every file is proven by its hash, and a broken download goes on')
    .option('--out <directory>', 'where to; by default a directory named after the version')
    .action(
      run(async (each, id: string, options: { out?: string }) =>
        (await import('./commands/pull.ts')).pull(each, { kind: 'dataset', id }, options),
      ),
    )

  const checkpoints = program.command('checkpoints').description('list trained weights, or pull them')
  checkpoints
    .command('list')
    .description('the checkpoints of an iteration, oldest first')
    .requiredOption('--iteration <id>')
    .action(
      run(async (each, options: { iteration: string }) =>
        (await import('./commands/checkpoints.ts')).listCheckpoints(each, options),
      ),
    )
  checkpoints
    .command('pull <checkpoint>')
    .description('download trained weights; every file is proven by its hash, and a broken download goes on')
    .option('--out <directory>', 'where to; by default a directory named after the checkpoint')
    .action(
      run(async (each, id: string, options: { out?: string }) =>
        (await import('./commands/pull.ts')).pull(each, { kind: 'checkpoint', id }, options),
      ),
    )

  program
    .command('explain <trajectory>')
    .description('why was this attempt kept or dropped?')
    .action(run(async (each, id: string) => (await import('./commands/explain.ts')).explain(each, id)))
  program
    .command('dry-run <recipe>')
    .description('resolve a recipe, print the first prompt, bound its cost, start nothing')
    .action(run(async (each, file: string) => (await import('./commands/dry-run.ts')).dryRun(each, file)))
  program
    .command('recipes')
    .description('recipes on this machine')
    .command('check <recipe>')
    .description('list every problem of a recipe with its remedy; needs no server')
    .action(async (file: string) => {
      const { checkRecipe } = await import('./commands/check-recipe.ts')
      process.ended(await checkRecipe({ json: globals().json ?? false, out }, file))
    })

  program
    .command('verify [file]')
    .description('decide answers: rows of {id, kind, gold, response, problem?, options?} (JSON Lines); needs no server')
    .option('-o, --output <file>', 'write results here, and go on behind those that it holds; default: standard output')
    .option('--workers <count>', 'threads that compare answers; default: one a core, at most 4', wholeNumber(1, 64))
    .option('--deadline <ms>', 'time of a processor for one comparison', wholeNumber(1, 3_600_000), 1000)
    .option('--judge-url <url>', 'an OpenAI-compatible server that decides rows of kind judge')
    .option('--judge-model <name>', 'its model')
    .option('--judge-key-env <name>', 'the environment variable that holds its API key')
    .option('--python <executable>', 'runs the programs of rows of kind code; default: python3')
    .addHelpText('after', verifyHelp)
    .action(async (file: string | undefined, options: VerifyOptions) => {
      const { verify } = await import('./commands/verify.ts')
      process.ended(await verify({ ...process, json: globals().json ?? false, interrupted }, file, options))
    })

  // These read their own options, so that they also work without the API.
  const ownOptions = (argv: readonly string[]): OwnOptions => ({ ...process, argv })
  program
    .command('up')
    .description('run everything on this machine; `ratchet up --help` for its options')
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async (_options, command: Command) =>
      process.ended(await (await import('./up.ts')).runUp(ownOptions(command.args))),
    )
  program
    .command('down')
    .description('stop what runs on this machine; everything is kept')
    .action(async () => process.ended(await (await import('./down.ts')).runDown(ownOptions([]))))
  program
    .command('database-url')
    .description("the database's address, its password in it, for psql or any other SQL client")
    .action(async () => process.ended(await (await import('./database-url.ts')).runDatabaseUrl(ownOptions([]))))
  program
    .command('quickstart')
    .description('the whole loop on this machine, with a tiny model; `ratchet quickstart --help` for its options')
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async (_options, command: Command) =>
      process.ended(await (await import('./quickstart/run-quickstart.ts')).runQuickstart(ownOptions(command.args))),
    )
  hintAtHelp(program, 'ratchet')
  return program
}

/** Aborted by the first Ctrl-C; a second one ends the process as usual. */
function interrupted(): AbortSignal {
  const controller = new AbortController()
  process.once('SIGINT', () => controller.abort(new Error('interrupted')))
  return controller.signal
}

/** An option that is a whole number in a range. */
function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most) return value
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`)
  }
}
