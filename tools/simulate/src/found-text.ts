import type { Found } from './simulate';

/** A history that breaks a promise, as a person reads it. */
export function textOfFound({ seed, schedule, broken, history }: Found): string {
  return [
    `seed ${seed}: ${broken.promise}: ${broken.found}`,
    `the shortest history found, under schedule ${schedule}:`,
    `  ${JSON.stringify(history.setup)}`,
    ...history.actions.map((action) => `  ${JSON.stringify(action)}`),
    `again: npm run simulate -- --seed ${seed} --histories 1`,
  ].join('\n');
}
