import type { LogGate } from '@hearth/event-sourcing';
import { metrics } from '../telemetry/metrics';
import type { HealthChecks } from './health-checks';

/** Shows the gate before the log: a process that is let through to nothing is not ready, and says why. */
export function observeLogGate(health: HealthChecks, gate: Pick<LogGate, 'state' | 'check'>): void {
  health.register('log-end', () => gate.check());
  const is = (status: string) => (gate.state.status === status ? 1 : 0);
  metrics.observe('hearth_log_suspect', 'Whether the log lacks what was seen of it', (gauge) =>
    gauge.observe(is('suspect')),
  );
  metrics.observe('hearth_log_unverified', 'Whether nobody has vouched for the log since NATS was away', (gauge) =>
    gauge.observe(is('unverified')),
  );
}
