import type { AnswerOptions } from '../../answer-options.ts'
import type { AnswerDecision } from '../../answer-verdict.ts'

/** One response to a problem with a known answer, and what checking it must say. */
export interface Case {
  /** Several golds are alternatives: the response is right when it equals any one of them. */
  readonly gold: string | readonly string[]
  readonly response: string
  readonly verdict: AnswerDecision
  /** `undecided` is as defensible as `verdict`; the opposite of `verdict` is not. */
  readonly orUndecided?: true
  readonly options?: AnswerOptions
  /** Begins with `convention: ` where mathematics alone does not settle the verdict. */
  readonly note?: string
}

/** Keeps backslashes as they are typed. */
export const tex = String.raw

type Gold = Case['gold']

const bare = (verdict: AnswerDecision) => {
  return (gold: Gold, ...answers: readonly string[]): readonly Case[] =>
    answers.map((response) => ({ gold, response, verdict, options: { extract: ['raw'] } }))
}

/** Bare answers that equal the gold. */
export const equal = bare('correct')
/** Bare answers that do not equal the gold. */
export const different = bare('incorrect')
/** Bare answers that no rule can compare with the gold. */
export const uncomparable = bare('undecided')

const whole = (verdict: AnswerDecision) => {
  return (gold: Gold, ...responses: readonly string[]): readonly Case[] =>
    responses.map((response) => ({ gold, response, verdict }))
}

/** Whole responses, read with the default options, whose final answer equals the gold. */
export const right = whole('correct')
/** Whole responses, read with the default options, whose final answer does not equal the gold or that have none. */
export const wrong = whole('incorrect')

/** The same cases with these options over their own. */
export const under = (options: AnswerOptions, cases: readonly Case[]): readonly Case[] =>
  cases.map((each) => ({ ...each, options: { ...each.options, ...options } }))

/** The same cases with a note. */
export const noted = (note: string, cases: readonly Case[]): readonly Case[] => cases.map((each) => ({ ...each, note }))

/** The same cases, where `undecided` will do as well. */
export const orUndecided = (cases: readonly Case[]): readonly Case[] =>
  cases.map((each) => ({ ...each, orUndecided: true }))

/** The same answers, each in a box at the end of a sentence and read with the default modes of extraction. */
export const inBox = (cases: readonly Case[]): readonly Case[] =>
  cases.map(({ options, ...each }) => ({
    ...each,
    response: tex`The result is $\boxed{${each.response}}$.`,
    options: { ...options, extract: undefined },
  }))
