import type { Strings } from './en'
import { ruBase } from './ru.base'
import { ruPages } from './ru.pages'
import { ruViews } from './ru.views'
import { ruWords } from './ru.words'

/** Всё, что говорит страница, по-русски. */
export const ru: Strings = { ...ruBase, ...ruViews, ...ruPages, words: ruWords }
