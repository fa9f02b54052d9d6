import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'

const Manifest = z.looseObject({ base: z.looseObject({ path: z.string().min(1) }) })
const AdapterConfig = z.looseObject({ base_model_name_or_path: z.string().min(1) })

/**
 * What to do about an adapter that a server cannot load or does not score as its trainer did, by the base that it was trained on
 * and the one that the server was started on. vLLM compares neither: it takes adapters of other bases, of fewer dimensions and of
 * more layers too, and samples nonsense from them.
 */
export function remedyOfBase(path: string, root: string, startedOn: string | null): string {
  const trainedOn = baseOf(path)
  if (trainedOn === null || startedOn === null)
    return `the server at ${root} must be started on the base model that ${path} was trained on`
  if (samePlace(trainedOn, startedOn))
    return `it was trained on ${trainedOn}, on which the server at ${root} was started: start it again if that was changed since, and without quantization`
  return `it was trained on ${trainedOn}, but the server at ${root} was started on ${startedOn}: start the server on ${trainedOn}, or make ${startedOn} the recipe's baseModel; then start a new iteration`
}

/** Where an adapter's base was when it was trained, by its manifest or else as PEFT notes it. Null when neither says. */
function baseOf(path: string): string | null {
  const manifest = Manifest.safeParse(readJson(join(path, 'manifest.json'))).data
  if (manifest !== undefined) return manifest.base.path
  return AdapterConfig.safeParse(readJson(join(path, 'adapter_config.json'))).data?.base_model_name_or_path ?? null
}

function samePlace(one: string, other: string): boolean {
  return one === other || realPath(one) === realPath(other)
}

function realPath(path: string): string {
  return existsSync(path) ? realpathSync(path) : resolve(path)
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return null
  }
}
