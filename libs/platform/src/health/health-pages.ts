import { metricsContentType, metricsText } from '../telemetry/metrics';
import type { HealthChecks } from './health-checks';

export interface HealthPage {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

const json = 'application/json; charset=utf-8';

/**
 * The page at a path, undefined where there is none: `/health/live` (the event loop turns), `/health/ready` (503 and
 * the reasons while something is missing), `/metrics` (Prometheus). For the workers' own server and the api's routes.
 */
export async function healthPage(path: string, checks: HealthChecks): Promise<HealthPage | undefined> {
  switch (path) {
    case '/health/live':
      return {
        status: 200,
        contentType: json,
        body: JSON.stringify({ status: 'ok', uptimeSeconds: process.uptime() }),
      };
    case '/health/ready': {
      const readiness = await checks.readiness();
      return { status: readiness.status === 'ok' ? 200 : 503, contentType: json, body: JSON.stringify(readiness) };
    }
    case '/metrics':
      return { status: 200, contentType: metricsContentType, body: await metricsText() };
    default:
      return undefined;
  }
}
