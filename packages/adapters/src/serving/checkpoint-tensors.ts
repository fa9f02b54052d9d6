import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const Tensor = z.object({ shape: z.array(z.number().int()), data_offsets: z.tuple([z.number(), z.number()]) })
const Header = z.record(z.string(), z.unknown())

/** Shapes of a checkpoint's tensors by name, or why they cannot be read. */
type Tensors =
  | { readonly kind: 'whole'; readonly shapes: ReadonlyMap<string, string> }
  | { readonly kind: 'broken'; readonly reason: string }

/**
 * Why a running server's weights cannot be replaced by a checkpoint: a failed load leaves the server with none. Null when nothing
 * speaks against it. Only headers are read; a start path that is not a directory here is not compared.
 */
export function whyNotReplaceable(startPath: string | null, path: string): string | null {
  if (existsSync(join(path, 'adapter_config.json')))
    return `${path} is an adapter, not a full checkpoint: use serving.backend vllm-lora for it`
  const wanted = tensorsOf(path)
  if (wanted.kind === 'broken') return wanted.reason
  if (startPath === null || !existsSync(join(startPath, 'config.json'))) return null
  const started = tensorsOf(startPath)
  if (started.kind === 'broken') return null
  const names = [...new Set([...started.shapes.keys(), ...wanted.shapes.keys()])]
  const odd = names.find((name) => started.shapes.get(name) !== wanted.shapes.get(name))
  if (odd === undefined) return null
  const [here, there] = [wanted.shapes.get(odd) ?? 'missing', started.shapes.get(odd) ?? 'missing']
  return `${path} is of another shape than ${startPath}, on which the server was started (${odd} is ${here}, not ${there}): start a server on it instead`
}

function tensorsOf(path: string): Tensors {
  const files = existsSync(path) ? readdirSync(path).filter((name) => name.endsWith('.safetensors')) : []
  if (files.length === 0) return { kind: 'broken', reason: `there are no weights (*.safetensors) in ${path}` }
  const shapes = new Map<string, string>()
  for (const file of files) {
    const tensors = readHeader(join(path, file))
    if (tensors === null)
      return { kind: 'broken', reason: `${join(path, file)} is not whole: write the checkpoint again` }
    for (const [name, shape] of tensors) shapes.set(name, shape)
  }
  return { kind: 'whole', shapes }
}

/** Null when the file does not end where its header says. */
function readHeader(path: string): readonly (readonly [string, string])[] | null {
  const file = openSync(path, 'r')
  try {
    const size = Buffer.alloc(8)
    if (readSync(file, size, 0, 8, 0) < 8) return null
    const bytes = Number(size.readBigUInt64LE())
    const { size: fileBytes } = fstatSync(file)
    if (8 + bytes > fileBytes) return null
    const text = Buffer.alloc(bytes)
    readSync(file, text, 0, bytes, 8)
    const { __metadata__: _, ...entries } = Header.parse(JSON.parse(text.toString('utf8')))
    const tensors = Object.entries(entries).map(([name, entry]) => [name, Tensor.parse(entry)] as const)
    const end = Math.max(0, ...tensors.map(([, { data_offsets: offsets }]) => offsets[1]))
    if (8 + bytes + end !== fileBytes) return null
    return tensors.map(([name, { shape }]) => [name, shape.join('×')] as const)
  } catch {
    return null
  } finally {
    closeSync(file)
  }
}
