// The page in a real browser against the real program. One program, one browser and one load of data serve all parts. First come the parts
// that only look, then those that send events, then those that break something; what closes the doors comes last.
import { after, before } from 'node:test'
import { Site } from './site.mjs'
import choices from './suites/choices.mjs'
import exports_ from './suites/exports.mjs'
import keyboard from './suites/keyboard.mjs'
import keys from './suites/keys.mjs'
import live from './suites/live.mjs'
import pages from './suites/pages.mjs'
import states from './suites/states.mjs'
import weight from './suites/weight.mjs'

const site = new Site()

before(() => site.start())
after(() => site.stop())

for (const suite of [weight, pages, keyboard, choices, exports_, live, states, keys]) suite(site)
