import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { NestLog } from '../logging/nest-log';
import { JetStreamTransport, type JetStreamTransportOptions } from '../transport/jetstream-transport';
import { PassErrorsFilter } from '../transport/pass-errors.filter';
import { type AppOptions, runApp, type RunningApp } from './lifecycle';

/** A Nest module: a class, or what its `forRoot` made. */
export type NestModule = Parameters<typeof NestFactory.create>[0];

export interface WorkerOptions extends AppOptions {
  readonly module: NestModule;
  /** The consumers and the connection they use; `log` and the shutdown time are the app's unless given. */
  readonly transport: Omit<JetStreamTransportOptions, 'log'> & Partial<Pick<JetStreamTransportOptions, 'log'>>;
}

/**
 * Runs a Nest microservice on JetStream: health check `consumers`, graceful end, and an end with exit code 1 when the
 * connection to NATS is closed for good.
 */
export function runWorker(options: WorkerOptions): Promise<RunningApp> {
  const { module, log, shutdownTimeoutMs } = options;
  return runApp(options, async (health) => {
    const strategy = new JetStreamTransport({ log, shutdownTimeoutMs, ...options.transport });
    const app = await NestFactory.createMicroservice<MicroserviceOptions>(module, {
      strategy,
      logger: new NestLog(log),
      abortOnError: false,
    });
    app.useGlobalFilters(new PassErrorsFilter());
    await app.listen();
    health.register('consumers', () => strategy.check());
    let closing = false;
    void options.transport.connection.closed().then((error) => {
      if (closing) return;
      log.fatal('the connection to NATS is closed for good', { error });
      process.exit(1);
    });
    return {
      close: () => {
        closing = true;
        return app.close();
      },
    };
  });
}
