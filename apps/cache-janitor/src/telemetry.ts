// The first import of main.ts: tracing starts before anything that is to be traced is loaded.
import { startTelemetry } from '@hearth/platform';
import { readConfig } from './config';

const { otelEnabled, otelEndpoint, otelSampleRatio } = readConfig();
startTelemetry({
  serviceName: 'hearth-cache-janitor',
  enabled: otelEnabled,
  endpoint: otelEndpoint,
  sampleRatio: otelSampleRatio,
});
