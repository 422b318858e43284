/** Names in the address that go along from page to page, whatever is shown. */
export const carried: readonly string[] = ['tenant', 'lang', 'view']

/** Filters that many reports take: they go along between pages, and a report is asked with those of them that it takes. */
export const common: readonly string[] = [
  'preset',
  'from',
  'to',
  'timezone',
  'chapter',
  'gathering_chapter',
  'faculty',
  'graduation_from',
  'graduation_to',
  'kind',
  'status',
  'staff',
  'attributes',
]

/** Names that are the page's own: how it is shown, which list is open. No report is asked with them. */
const own = new Set([...carried, 'preset', 'sort', 'list', 'of', 'show'])

/** The page's own names: also those of an open list (at.DIMENSION, with.PARAMETER) and of a layout (show.PART). */
export function isOwn(name: string): boolean {
  return own.has(name) || /^(at|with|show|sort)\./.test(name)
}
