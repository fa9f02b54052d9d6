import { checkRecipe as check } from '@ratchet/domain/recipe/check-recipe.ts'
import { exitCodes } from '../exit-codes.ts'
import { fieldErrors } from '../field-errors.ts'
import { readYamlFile } from '../read-yaml-file.ts'

/** Checks a recipe on this machine; no server is needed. */
export async function checkRecipe(
  context: { readonly json: boolean; readonly out: (text: string) => void },
  file: string,
): Promise<number> {
  const checked = check(await readYamlFile(file))
  const { out, json } = context
  if (json)
    out(
      `${JSON.stringify(checked.ok ? { ok: true, problems: [] } : { ok: false, problems: checked.problems }, null, 2)}\n`,
    )
  else if (checked.ok) out(`${file} is a valid recipe of ${checked.rounds.length} rounds\n`)
  else out(`${fieldErrors(checked.problems)}\n`)
  return checked.ok ? exitCodes.ok : exitCodes.failed
}
