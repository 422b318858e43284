type Place = [number, number]

const directions: Readonly<Record<string, Place>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
}

/**
 * Where a key leads to in a table some of whose cells can be gone to; null when the key does not move, or there is nothing that way. Home and
 * End go along the line, arrows to the next cell that can be gone to.
 */
export function step(filled: boolean[][], from: Place, key: string): Place | null {
  const line = filled[from[0]] ?? []
  if (key === 'Home') return place(from[0], line.indexOf(true))
  if (key === 'End') return place(from[0], line.lastIndexOf(true))
  const direction = directions[key]
  if (!direction) return null
  let [down, across] = [from[0] + direction[0], from[1] + direction[1]]
  while (filled[down]?.[across] !== undefined) {
    if (filled[down]?.[across]) return [down, across]
    down += direction[0]
    across += direction[1]
  }
  return null
}

function place(down: number, across: number): Place | null {
  return across < 0 ? null : [down, across]
}
