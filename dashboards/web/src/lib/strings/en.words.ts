/** Words of the contract (kinds, statuses, bases) that English says differently from the contract itself. */
export const enWords: Readonly<Record<string, string>> = {}
