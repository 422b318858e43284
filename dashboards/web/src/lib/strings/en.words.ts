/** Words of the contract (kinds, statuses, bases) that English says differently from the contract itself. */
export const enWords: Readonly<Record<string, string>> = {
  event: 'as at the event',
  now: 'as they are now',
  exclude: 'left out',
  include: 'shown, too',
  only: 'only they',
  malformed_json: 'malformed JSON',
  qr: 'QR code',
  crm_id: 'CRM number',
  self: 'in person',
}
