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
