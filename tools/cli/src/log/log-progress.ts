import { progressBar } from '../../../rebuild/src/progress';

/** A bar on stderr that follows the reading of the log; nothing where JSON is wanted. */
export function logProgress(isShown: boolean) {
  const bar = isShown ? progressBar() : undefined;
  return {
    show: (phase: 'replay' | 'compare', sequence: number, upTo: number) =>
      bar?.show({ phase: phase === 'compare' ? 'compare' : 'replay', sequence, upTo }),
    end: () => bar?.end(),
  };
}
