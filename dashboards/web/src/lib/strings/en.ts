import { enBase } from './en.base'
import { enPages } from './en.pages'
import { enViews } from './en.views'
import { enWords } from './en.words'

/** Everything the page says in English. */
export const en = { ...enBase, ...enViews, ...enPages, words: enWords }

export type Strings = typeof en
