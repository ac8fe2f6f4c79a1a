/** As rarely as a timer can; each pass runs once when the janitor starts, which is not enough to take anything for lost. */
const rarelyMs = String(2 ** 31 - 1);
/** Eleven years: no copy is due to be read again. */
const neverHours = '100000';
/** Nobody answers there, and of an image service that is away the janitor concludes nothing. */
const awayUrl = 'http://127.0.0.1:1';

/** Settings for every process, with which nothing of what was only played is missed. */
export const envAtRest = { HEARTH_SCRUB_INTERVAL_HOURS: neverHours } as const;

/** The same, by app. */
export const envOfAtRest = {
  'cache-janitor': {
    HEARTH_GLANCE_URL: awayUrl,
    HEARTH_AGE_INTERVAL_MS: rarelyMs,
    HEARTH_RECONCILE_INTERVAL_MS: rarelyMs,
  },
} as const;
