/** A bar of `width` characters, filled by a share in [0, 1]. */
export function bar(share: number, width: number): string {
  const clamped = Number.isFinite(share) ? Math.min(1, Math.max(0, share)) : 0
  const filled = Math.floor(clamped * width)
  return '█'.repeat(filled) + '░'.repeat(width - filled)
}

/** A number for people: `950`, `12.3k`, `4.56M`. */
export function compact(value: number): string {
  if (Math.abs(value) < 1000) return String(Math.round(value * 10) / 10)
  if (Math.abs(value) < 1e6) return `${trimmed(value / 1e3)}k`
  return Math.abs(value) < 1e9 ? `${trimmed(value / 1e6)}M` : `${trimmed(value / 1e9)}G`
}

function trimmed(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}
