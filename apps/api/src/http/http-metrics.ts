import { metrics } from '@hearth/platform';

const durations = metrics.histogram('hearth_http_request_duration_seconds', 'Time to answer, by route and status');

/** A request that was answered. `route` is the pattern, never a path: each label value is a time series. */
export interface AnsweredRequest {
  readonly method: string;
  readonly route: string | undefined;
  readonly status: number;
  readonly durationMs: number;
}

export function observeRequest({ method, route = 'none', status, durationMs }: AnsweredRequest): void {
  durations.record(durationMs / 1_000, { method, route, status });
}

const refused = metrics.counter(
  'hearth_http_refused_total',
  'Requests and connections that were one too many, by reason',
);

/** What a limit kept away. */
export type RefusedFor = 'connections' | 'slow_reader' | 'requests' | 'requests_of_project' | 'rate';

export const countRefused = (reason: RefusedFor): void => refused.add(1, { reason });

/** Shows how many connections of clients are open. */
export function observeConnections(connections: { readonly count: number }): void {
  metrics.observe('hearth_http_connections', 'Connections of clients that are open', (gauge) =>
    gauge.observe(connections.count),
  );
}
