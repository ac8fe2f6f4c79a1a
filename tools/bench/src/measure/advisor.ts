import { buildTrace, limitsOf, lruCurve, simulatedCurve } from '@hearth/cache-advisor';
import { oneHitTrace, zipfTrace } from '@hearth/cache-advisor/testing';
import { type Figure, median } from '../figures';

const goal = { atMost: 10_000 } as const;

/** Processor time of one thread for the curves of the three policies over as many decisions, read already. */
export function measureAdvisor({ decisions, runs }: { decisions: number; runs: number }): Figure[] {
  const shape = { seed: 1, requests: decisions, images: Math.max(1, Math.round(decisions / 100)), days: 90 };
  const traces = { 'Zipf 0.9': zipfTrace(shape, 0.9), 'every second image asked for once': oneHitTrace(shape) };
  return Object.entries(traces).map(([name, generated]) => {
    const trace = buildTrace(generated);
    const took = Array.from({ length: runs }, () => {
      const from = process.cpuUsage();
      const limits = limitsOf(trace);
      lruCurve(trace);
      for (const policy of ['sieve', 'cost-aware'] as const) simulatedCurve(trace, policy, limits);
      const { user, system } = process.cpuUsage(from);
      return (user + system) / 1000;
    });
    const note = `${decisions} decisions, ${trace.items.count} contents, 32 limits, ${runs} runs`;
    return { name: `advisor, processor time of 3 curves, ${name}`, value: median(took), unit: 'ms', goal, note };
  });
}
