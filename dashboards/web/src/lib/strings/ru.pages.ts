/** Страницы о карьере, группах, участниках и данных, по-русски. */

import type { enPages } from './en.pages'
import { ruData } from './ru.data'
import { ruPeople } from './ru.people'

export const ruPages: typeof enPages = { ...ruData, ...ruPeople }
