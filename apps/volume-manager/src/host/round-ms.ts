/** Milliseconds as they are recorded: to a tenth. */
export const roundMs = (ms: number): number => Math.round(ms * 10) / 10;
