/** Страницы о карьере, группах, участниках и данных, по-русски. */

import type { enPages } from './en.pages'
import { ruData } from './ru.data'

export const ruPages: typeof enPages = { ...ruData }
