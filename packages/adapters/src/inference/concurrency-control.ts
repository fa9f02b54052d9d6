/**
 * How many requests an endpoint is given at once: additive increase, multiplicative decrease (Chiu and Jain, 1989). It starts
 * at the most that the recipe allows, is halved when the endpoint says that it is overloaded, and grows by one for each full
 * window of answers.
 */
export class ConcurrencyControl {
  readonly most: number
  #limit: number
  #answers = 0
  #cutAt = Number.NEGATIVE_INFINITY

  constructor(most: number) {
    this.most = most
    this.#limit = most
  }

  get limit(): number {
    return this.#limit
  }

  answered(): void {
    if (this.#limit === this.most) return
    this.#answers += 1
    if (this.#answers < this.#limit) return
    this.#answers = 0
    this.#limit += 1
  }

  /** A burst of refusals to requests that were already under way is one message: it counts once a second. */
  refused(nowMs: number): void {
    if (nowMs - this.#cutAt < 1000) return
    this.#cutAt = nowMs
    this.#answers = 0
    this.#limit = Math.max(1, Math.floor(this.#limit / 2))
  }
}
