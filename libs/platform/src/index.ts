export { runHttpApp } from './bootstrap/run-http-app';
export type { HttpAppOptions } from './bootstrap/run-http-app';
export { runApp } from './bootstrap/lifecycle';
export type { AppOptions, RunningApp, Started } from './bootstrap/lifecycle';
export { runWorker } from './bootstrap/run-worker';
export type { NestModule, WorkerOptions } from './bootstrap/run-worker';
export {
  commonConfig,
  healthConfig,
  logConfig,
  natsConfig,
  shutdownConfig,
  telemetryConfig,
} from './config/common.config';
export type { CommonConfig } from './config/common.config';
export { ConfigError, exitCodeConfig } from './config/config-error';
export type { ConfigProblem } from './config/config-error';
export { describeConfig, effectiveConfig } from './config/describe-config';
export type { ConfigRow } from './config/describe-config';
export { field, fromVariable } from './config/fields';
export type { FieldMeta } from './config/fields';
export { keyStoreConfig } from './config/key-store.config';
export { keystoneConfig } from './config/keystone.config';
export { loadConfig, parseConfig } from './config/load-config';
export type { ConfigSchema, ConfigShape, Environment } from './config/load-config';
export { HealthChecks } from './health/health-checks';
export type { CheckOutcome, HealthCheck, Readiness } from './health/health-checks';
export { observeLogGate } from './health/log-gate-health';
export { healthPage } from './health/health-pages';
export type { HealthPage } from './health/health-pages';
export { serveHealth } from './health/health-server';
export type { HealthServer } from './health/health-server';
export { createLog } from './logging/create-log';
export type { LogLevel, LogOptions } from './logging/create-log';
export type { Log, LogFields } from './logging/log';
export { NestLog } from './logging/nest-log';
export { redact, redactText } from './logging/redact';
export { durationBoundsSeconds, metrics, metricsContentType, metricsText } from './telemetry/metrics';
export type { Labels } from './telemetry/metrics';
export { observeProcess } from './telemetry/process-metrics';
export { currentTelemetry, startTelemetry } from './telemetry/start-telemetry';
export type { Telemetry, TelemetryOptions } from './telemetry/telemetry-options';
export type { ConsumerSpec, DeliverFrom } from './transport/consumer-spec';
export { injectTrace } from './transport/consumer-span';
export { JetStreamTransport } from './transport/jetstream-transport';
export type { JetStreamTransportOptions } from './transport/jetstream-transport';
export { JetStreamMessageContext } from './transport/message-context';
export { PassErrorsFilter } from './transport/pass-errors.filter';
export { PoisonMessageError } from './transport/poison-message-error';
