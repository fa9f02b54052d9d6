/** What curation did with one trajectory. `rule` and `value` say which rule rejected it and the value it measured; null when kept. */
export type CurationDecision = {
  readonly trajectoryId: string
  readonly kept: boolean
  readonly rule: string | null
  readonly value: string | null
}
