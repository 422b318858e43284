import { en, type Strings } from './en'

/**
 * The page's words. A second language is a second object of type Strings, chosen here; components only ever read `strings`.
 * Titles, questions and definitions of reports come from the report files.
 */
export const strings: Strings = en
