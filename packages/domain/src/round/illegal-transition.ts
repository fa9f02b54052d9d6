/** An event that the state cannot take. The message is a sentence for people. */
export class IllegalTransition extends Error {
  override readonly name = 'IllegalTransition'
}
