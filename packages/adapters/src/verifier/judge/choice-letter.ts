/** The letter of an option by its position: 0 is A. */
export function choiceLetter(position: number): string {
  return String.fromCharCode(65 + position)
}
