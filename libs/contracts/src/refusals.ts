/** Every reason for which a command may be refused; the wire maps each to a status, and does not compile with one missing. */
export const refusalCodes = [
  'volume.not_found',
  'volume.exists',
  'volume.busy',
  'volume.not_placeable',
  'volume.not_on_pool',
  'image-cache.larger_than_cache',
  'image-cache.no_room',
  'image-cache.entry_not_found',
  'image-cache.entry_leased',
  'image-cache.not_filling',
  'image-cache.fill_failed',
] as const;

export type RefusalCode = (typeof refusalCodes)[number];
