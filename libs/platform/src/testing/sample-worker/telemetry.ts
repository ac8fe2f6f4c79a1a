import { startTelemetry } from '../../index';
import { config } from './config';

startTelemetry({
  serviceName: 'fixture',
  enabled: config.otelEnabled,
  endpoint: config.otelEndpoint,
  sampleRatio: config.otelSampleRatio,
});
