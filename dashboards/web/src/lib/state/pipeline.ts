import { Pipeline } from '../api/pipeline'
import { session } from './session.svelte'

export const pipeline = new Pipeline({ key: () => session.key })
