import type { Report } from '../api/types'

/** The report's last rows only; what is known of them (unfinished or not) goes along. */
export function latestRows(report: Report, most: number): Report {
  const skipped = Math.max(0, report.rows.length - most)
  if (skipped === 0) return report
  return {
    ...report,
    rows: report.rows.slice(skipped),
    unfinished: new Set([...report.unfinished].filter((index) => index >= skipped).map((index) => index - skipped)),
  }
}
