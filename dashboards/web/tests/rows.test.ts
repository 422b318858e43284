import { describe, expect, it } from 'vitest'
import { pulseOf } from '../src/lib/health/pulse'
import type { Report, Row } from '../src/lib/api/types'
import { lastFinished, pickRows } from '../src/lib/report/rows'

function report(rows: Row[], unfinished: number[] = [], suppressed: [string, string][] = []): Report {
  return { name: 'r', rows, unfinished: new Set(unfinished), suppressed: new Map(suppressed), columns: [] } as unknown as Report
}

describe('rows of a report', () => {
  it('the last finished one is the last whose period is over and whose figure is known', () => {
    expect(lastFinished(report([{ rate: 0.5 }, { rate: null }, { rate: 0.9 }], [2]), ['rate'])).toBe(0)
    expect(lastFinished(report([{ rate: null }]), ['rate'])).toBe(-1)
    expect(lastFinished(report([]), ['rate'])).toBe(-1)
  })

  it('picked in another order keep what is known of them', () => {
    const picked = pickRows(report([{ a: 0 }, { a: 1 }, { a: 2 }], [2], [['0.a', 'fewer than 5'], ['1.a', 'withheld']]), [2, 0])
    expect(picked.rows).toEqual([{ a: 2 }, { a: 0 }])
    expect([...picked.unfinished]).toEqual([0])
    expect([...picked.suppressed]).toEqual([['1.a', 'fewer than 5']])
  })
})

describe('the pulse', () => {
  it('takes what is not said for unknown, not for zero', () => {
    expect(pulseOf(undefined)).toMatchObject({ pending: null, lag: null, letters: null, events: null, rejections: null, storedAt: null, checks: [] })
  })

  it('reads the status', () => {
    const raw = {
      stream: { pending: 0, messages: 5 },
      lag_seconds: 0,
      warehouse: { events: 12, facts: 10 },
      dead_letters: 2,
      durability: 'strict',
      checks: { stream: 'ok', warehouse: 'restarting' },
      rejections: { since: '2026-01-01T00:00:00Z', by_code: { schema: 3 } },
    }
    const pulse = pulseOf({ tenants: [], last_stored_at: '2026-01-02T00:00:00Z', pending: 0, warehouse: 'ok', raw } as never)
    expect(pulse).toMatchObject({ pending: 0, lag: 0, letters: 2, events: 12, facts: 10, durability: 'strict', rejections: [['schema', 3]], rejectedSince: '2026-01-01T00:00:00Z' })
    expect(pulse.checks).toContainEqual(['warehouse', 'restarting'])
  })
})
