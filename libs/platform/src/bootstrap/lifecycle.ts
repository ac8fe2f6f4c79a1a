// How a process of ours begins and ends: in order after a signal, at once and loudly after an error nobody caught.
import { ConfigError } from '../config/config-error';
import { HealthChecks } from '../health/health-checks';
import { type HealthServer, serveHealth } from '../health/health-server';
import type { Log } from '../logging/log';
import { observeProcess } from '../telemetry/process-metrics';
import { currentTelemetry } from '../telemetry/start-telemetry';

/** What every app tells about itself. */
export interface AppOptions {
  /** `scheduler`, `volume-manager`, … */
  readonly name: string;
  readonly version: string;
  readonly log: Log;
  /** Without secrets: `effectiveConfig(schema, config)`. */
  readonly effectiveConfig?: Readonly<Record<string, unknown>>;
  readonly health?: HealthChecks;
  /** Where an app without HTTP of its own serves its health pages; port 0 or nothing: not at all. */
  readonly healthHost?: string;
  readonly healthPort?: number;
  readonly shutdownTimeoutMs?: number;
  /** Closes what the app opened itself (connections), after Nest has ended. */
  readonly onClose?: () => Promise<void> | void;
}

/** An app that runs. */
export interface RunningApp {
  readonly health: HealthChecks;
  /** Ends it in order, as a signal does, without ending the process. */
  close(): Promise<void>;
}

/** What is started between the app's own beginning and its end. */
export interface Started {
  close(): Promise<void>;
}

const defaultShutdownTimeoutMs = 20_000;

/**
 * Starts an app and sees to its end. SIGTERM and SIGINT close it and exit with 0, with 1 when that takes longer than
 * twice the shutdown time; a second signal ends it at once. When the start fails the process exits with 1, or with 78
 * for a configuration that cannot be used.
 */
export async function runApp(
  options: AppOptions,
  start: (health: HealthChecks) => Promise<Started>,
): Promise<RunningApp> {
  const { name, version, log, effectiveConfig: config, health = new HealthChecks() } = options;
  dieOfUncaughtErrors(log);
  try {
    log.info('starting', { version, node: process.version, config });
    observeProcess({ name, version });
    const server = await openHealthServer(options, health);
    const started = await start(health);
    const close = once(() => closeInOrder(options, health, started, server));
    closeOnSignals(options, close);
    log.info('ready', { startMs: Math.round(process.uptime() * 1000), ...(server && { health: server.url }) });
    return { health, close };
  } catch (error) {
    log.fatal('the start failed', { error });
    process.exit(error instanceof ConfigError ? error.exitCode : 1);
  }
}

async function openHealthServer(options: AppOptions, checks: HealthChecks): Promise<HealthServer | undefined> {
  const { healthHost: host = '127.0.0.1', healthPort: port = 0, log } = options;
  return port > 0 ? serveHealth({ host, port, checks, log }) : undefined;
}

async function closeInOrder(
  options: AppOptions,
  health: HealthChecks,
  started: Started,
  server?: HealthServer,
): Promise<void> {
  health.shutDown();
  await started.close();
  await options.onClose?.();
  await currentTelemetry().shutdown(2_000);
  await server?.close();
}

function closeOnSignals(
  { log, shutdownTimeoutMs = defaultShutdownTimeoutMs }: AppOptions,
  close: () => Promise<void>,
): void {
  let ending = false;
  const end = (signal: NodeJS.Signals) => {
    if (ending) {
      log.warn('told to end a second time: ending at once', { signal });
      process.exit(1);
    }
    ending = true;
    log.info('ending', { signal, shutdownTimeoutMs });
    // Handlers get the shutdown time; closing what they used must not take as long again.
    setTimeout(() => {
      log.error('the orderly end took too long: ending now', { shutdownTimeoutMs });
      process.exit(1);
    }, 2 * shutdownTimeoutMs).unref();
    close().then(
      () => {
        log.info('ended');
        process.exit(0);
      },
      (error) => {
        log.error('the orderly end failed', { error });
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}

let watched = false;

/** After an error nobody caught the state is unknown; the log is not: what is owed is done after the restart. */
function dieOfUncaughtErrors(log: Log): void {
  if (watched) return;
  watched = true;
  const die = (message: string) => (error: unknown) => {
    log.fatal(message, { error });
    process.exit(1);
  };
  process.on('uncaughtException', die('an exception nobody caught'));
  process.on('unhandledRejection', die('a rejected promise nobody waited for'));
}

function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= work());
}
