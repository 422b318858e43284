/** What the pages about careers, groups, members and data say, in English. */

import { enData } from './en.data'
import { enPeople } from './en.people'

export const enPages = { ...enData, ...enPeople }
