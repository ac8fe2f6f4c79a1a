// A registry of our own, so that /metrics answers whether or not anything is traced. Its parts are loaded at first use.
import type { Counter, Gauge, Histogram, ObservableResult } from '@opentelemetry/api';
import { metrics as otelMetrics } from '@opentelemetry/api';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';

/** Label values: few, and never an id, for each combination is a time series. */
export type Labels = Readonly<Record<string, string | number | boolean>>;

const reader = new PrometheusExporter({ preventServerStart: true });
const provider = new MeterProvider({ readers: [reader] });
otelMetrics.setGlobalMeterProvider(provider);
const meter = provider.getMeter('hearth');
const serializer = new PrometheusSerializer('', false, undefined, true, true);

/** Makes instruments. Names are those of Prometheus: `image_cache_hits_total`, `fill_duration_seconds`. */
export const metrics = {
  /** Only rises: `add(1, { pool })`. */
  counter: (name: string, help: string): Counter<Labels> => meter.createCounter(name, { description: help }),
  /** The last value stands: `record(42, { pool })`. */
  gauge: (name: string, help: string): Gauge<Labels> => meter.createGauge(name, { description: help }),
  /** A distribution: `record(seconds)`, with the upper bounds of its buckets. */
  histogram: (name: string, help: string, bounds: readonly number[] = durationBoundsSeconds): Histogram<Labels> =>
    meter.createHistogram(name, { description: help, advice: { explicitBucketBoundaries: [...bounds] } }),
  /** A value that is looked at when somebody asks for the metrics. */
  observe(name: string, help: string, look: (result: ObservableResult<Labels>) => void | Promise<void>): void {
    meter.createObservableGauge<Labels>(name, { description: help }).addCallback(look);
  },
  /** As `observe`, for a value that only rises, kept elsewhere. */
  observeTotal(name: string, help: string, look: (result: ObservableResult<Labels>) => void | Promise<void>): void {
    meter.createObservableCounter<Labels>(name, { description: help }).addCallback(look);
  },
};

/** From a millisecond to five minutes: an answer, a clone, a fill. */
export const durationBoundsSeconds: readonly number[] = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300,
];

export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8';

/** All metrics of this process in Prometheus' text format. */
export async function metricsText(): Promise<string> {
  const { resourceMetrics, errors } = await reader.collect();
  if (errors.length > 0) throw new AggregateError(errors, 'some metrics could not be read');
  return serializer.serialize(resourceMetrics);
}
