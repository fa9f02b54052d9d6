type FieldError = { readonly path: string; readonly message: string; readonly remedy?: string | undefined }

/** Every wrong field on a line, its remedy below. */
export function fieldErrors(errors: readonly FieldError[]): string {
  return errors
    .map(({ path, message, remedy }) => {
      const line = path === '' ? message : `${path}: ${message}`
      return remedy === undefined || remedy === '' ? line : `${line}\n    ${remedy}`
    })
    .join('\n')
}
