/** An event as it is told to live pages. */
export interface LiveEvent {
  type: string
  time: string
  source: string
  subject: string
  mode: string
}

/** A stored batch: how many events of which types, and the first few of them. */
export interface Announcement {
  tenant: string
  events: number
  types: Record<string, number>
  at: string
  sample: LiveEvent[]
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}

/** Null when the text is no announcement. */
export function readAnnouncement(data: string): Announcement | null {
  let body: Record<string, unknown>
  try {
    body = record(JSON.parse(data))
  } catch {
    return null
  }
  if (typeof body['events'] !== 'number') return null
  const types = Object.entries(record(body['types'])).filter((entry): entry is [string, number] => typeof entry[1] === 'number')
  return {
    tenant: text(body['tenant']),
    events: body['events'],
    types: Object.fromEntries(types),
    at: text(body['at']),
    sample: (Array.isArray(body['sample']) ? body['sample'] : []).map((one) => {
      const from = record(one)
      return { type: text(from['type']), time: text(from['time']), source: text(from['source']), subject: text(from['subject']), mode: text(from['mode']) }
    }),
  }
}
