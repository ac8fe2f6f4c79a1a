// Tracing starts before anything that is to be traced is loaded: an app's first import is a file that calls this. When
// it is off, nothing of the SDK is loaded and OpenTelemetry's own no-op API stands.
import type { Telemetry, TelemetryOptions } from './telemetry-options';

const off: Telemetry = { enabled: false, shutdown: () => Promise.resolve() };

let running: Telemetry | undefined;

/** Starts tracing if it is configured; the first call of a process decides. */
export function startTelemetry(options: TelemetryOptions): Telemetry {
  const enabled = options.enabled ?? options.endpoint !== undefined;
  running ??= enabled ? loadSdk().startTracing(options) : off;
  return running;
}

/** What `startTelemetry` started; off before it was called. */
export const currentTelemetry = (): Telemetry => running ?? off;

/** A `require` and not an import: 50 packages that are loaded only when somebody wants traces, and then at once. */
function loadSdk(): typeof import('./tracing.sdk') {
  return require('./tracing.sdk') as typeof import('./tracing.sdk');
}
