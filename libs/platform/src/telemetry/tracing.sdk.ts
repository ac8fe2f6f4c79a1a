import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { core, NodeSDK, resources, tracing } from '@opentelemetry/sdk-node';
import type { Telemetry, TelemetryOptions } from './telemetry-options';

const { BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler } = tracing;

/** Starts the SDK: http and pg are instrumented as soon as somebody requires them after this. */
export function startTracing(options: TelemetryOptions): Telemetry {
  const { serviceName, serviceVersion = 'unknown', endpoint = 'http://127.0.0.1:4318', sampleRatio = 1 } = options;
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` });
  const sdk = new NodeSDK({
    resource: resources.resourceFromAttributes({ 'service.name': serviceName, 'service.version': serviceVersion }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampleRatio) }),
    textMapPropagator: new core.W3CTraceContextPropagator(),
    instrumentations: [
      new HttpInstrumentation({ ignoreIncomingRequestHook: ({ url = '' }) => /^\/(health\/|metrics)/.test(url) }),
      // Projections write in batches all day: a statement is worth a span only inside a request or a message.
      new PgInstrumentation({ requireParentSpan: true }),
    ],
    // Metrics have a registry of their own, logs go to standard output: the SDK adds no exporter for either.
    metricReaders: [],
    logRecordProcessors: [],
  });
  sdk.start();
  return { enabled: true, shutdown: (timeoutMs) => shutdown(sdk, timeoutMs) };
}

async function shutdown(sdk: NodeSDK, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMs)));
  // A collector that is away must not turn an orderly end into a failure.
  await Promise.race([sdk.shutdown().catch(() => undefined), late]);
  clearTimeout(timer);
}
