/** From here on the rounds come at equal distances. */
const doublingsMax = 4;

/**
 * How often a volume that was silent for `silentMs` should have been asked after by now: first after `stuckAfterMs`, then after
 * twice, four, eight and sixteen times that, then after every further sixteen. So a fill that takes long is not asked after all
 * the time, and one that was forgotten is never forgotten for good. 0: it is not stuck yet.
 */
export function stuckRounds(silentMs: number, stuckAfterMs: number): number {
  const periods = Math.floor(silentMs / stuckAfterMs);
  if (periods < 1) return 0;
  const longest = 2 ** doublingsMax;
  return periods < longest ? Math.floor(Math.log2(periods)) + 1 : doublingsMax + Math.floor(periods / longest);
}
