import { suppressedKey, type Report } from '../api/types'

/** The report's last rows only; what is known of them (unfinished, suppressed) goes along. */
export function latestRows(report: Report, most: number): Report {
  const skipped = Math.max(0, report.rows.length - most)
  if (skipped === 0) return report
  const suppressed = new Map<string, string>()
  for (const [key, text] of report.suppressed) {
    const [row = '', ...column] = key.split('.')
    if (Number(row) >= skipped) suppressed.set(suppressedKey(Number(row) - skipped, column.join('.')), text)
  }
  return {
    ...report,
    rows: report.rows.slice(skipped),
    unfinished: new Set([...report.unfinished].filter((index) => index >= skipped).map((index) => index - skipped)),
    suppressed,
  }
}
