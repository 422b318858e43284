import type { Parameter } from '../api/types'

export interface ShownParameters {
  period: Parameter[]
  grain: Parameter | null
  /** At hand. */
  first: Parameter[]
  /** Behind a button. */
  more: Parameter[]
}

const atHand = new Set(['kind', 'chapter', 'faculty'])
/** Behind the button, in this order; what is not named comes first. */
const order = ['gathering_chapter', 'opening', 'activity', 'status', 'graduation_from', 'graduation_to', 'staff', 'attributes', 'timezone']
/** Set elsewhere on the page, or by the page. */
const elsewhere = new Set(['tenant', 'lang', 'view', 'compare', 'format', 'about'])

/** How the parameters of a page's reports are laid out. An enumeration of one value leaves nothing to choose. */
export function shownParameters(parameters: Parameter[]): ShownParameters {
  const all = parameters.filter((one) => !elsewhere.has(one.name) && !(one.type === 'enum' && one.values.length < 2))
  const isPeriod = (one: Parameter) => one.name === 'from' || one.name === 'to'
  const rest = all.filter((one) => !isPeriod(one) && one.name !== 'grain')
  const isFirst = (one: Parameter) => atHand.has(one.name) || (one.type === 'enum' && one.name !== 'attributes' && one.name !== 'staff')
  return {
    period: all.filter(isPeriod),
    grain: all.find((one) => one.name === 'grain') ?? null,
    first: rest.filter(isFirst),
    more: rest.filter((one) => !isFirst(one)).toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name)),
  }
}

/** The value to write into the address: a default is not written. */
export function filterValue(parameter: Parameter, value: string): string | null {
  const trimmed = value.trim()
  return trimmed === '' || trimmed === parameter.default ? null : trimmed
}
