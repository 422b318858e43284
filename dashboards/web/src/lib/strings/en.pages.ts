/** What the pages about careers, groups, members and data say, in English. */

import { enData } from './en.data'

export const enPages = { ...enData }
