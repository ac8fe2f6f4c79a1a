/** As rarely as a timer can: passes that compare the log with the world find nothing of what was only played. */
const rarelyMs = String(2 ** 31 - 1);

/** Settings, by app, with which nothing of what was played is taken for lost. */
export const atRest = {
  'cache-janitor': {
    HEARTH_AGE_INTERVAL_MS: rarelyMs,
    HEARTH_RECONCILE_INTERVAL_MS: rarelyMs,
    HEARTH_SCRUB_PASS_INTERVAL_MS: rarelyMs,
  },
} as const;
