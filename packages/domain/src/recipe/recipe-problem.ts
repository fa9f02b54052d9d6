/** Something wrong in a recipe. `path` is dotted, as in `explore.sampling.topP`, and empty for the whole; `remedy` says what to do. */
export type RecipeProblem = { readonly path: string; readonly message: string; readonly remedy: string }
