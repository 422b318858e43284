/** Periods that move with the calendar: a bookmark of "this year" is this year's next year, too. The address keeps their name. */

export const presets = ['month', 'quarter', 'year', 'last-year', '12-months', '24-months', '5-years'] as const

export type Preset = (typeof presets)[number]

export function isPreset(text: string | null | undefined): text is Preset {
  return presets.some((one) => one === text)
}

export interface Bounds {
  from: string
  to: string
}

/** The calendar day in a time zone; an unknown zone is taken for UTC. */
export function today(now: Date, timezone: string): { year: number; month: number } {
  const parts = (zone: string) => new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit' }).formatToParts(now)
  let found: Intl.DateTimeFormatPart[]
  try {
    found = parts(timezone || 'UTC')
  } catch {
    found = parts('UTC')
  }
  const number = (type: string) => Number(found.find((one) => one.type === type)?.value)
  return { year: number('year'), month: number('month') }
}

function month(year: number, month: number): string {
  const shifted = year * 12 + month - 1
  return `${String(Math.floor(shifted / 12)).padStart(4, '0')}-${String((((shifted % 12) + 12) % 12) + 1).padStart(2, '0')}`
}

/** From and to as the API reads them: what is named by `to` is included. */
export function bounds(preset: Preset, now: Date, timezone: string): Bounds {
  const { year, month: current } = today(now, timezone)
  switch (preset) {
    case 'month':
      return { from: month(year, current), to: month(year, current) }
    case 'quarter': {
      const quarter = `${year}-Q${Math.ceil(current / 3)}`
      return { from: quarter, to: quarter }
    }
    case 'year':
      return { from: String(year), to: String(year) }
    case 'last-year':
      return { from: String(year - 1), to: String(year - 1) }
    case '12-months':
      return { from: month(year, current - 11), to: month(year, current) }
    case '24-months':
      return { from: month(year, current - 23), to: month(year, current) }
    case '5-years':
      return { from: String(year - 4), to: String(year) }
  }
}
