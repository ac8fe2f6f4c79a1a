import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { AbstractHttpAdapter } from '@nestjs/core';
import type { HealthChecks } from '../health/health-checks';
import { NestLog } from '../logging/nest-log';
import { type AppOptions, runApp, type RunningApp } from './lifecycle';
import type { NestModule } from './run-worker';

export interface HttpAppOptions<App extends INestApplication = INestApplication> extends AppOptions {
  readonly module: NestModule;
  /** The web framework, made by the app: `new FastifyAdapter({ … })`. Workers never load one. */
  readonly adapter: AbstractHttpAdapter;
  readonly listen: { readonly host: string; readonly port: number };
  /** Before it listens: hooks, parsers, filters, the routes of `healthPage`. */
  readonly configure?: (app: App, health: HealthChecks) => Promise<void> | void;
}

/** Runs a Nest HTTP app; its end lets open requests finish. */
export function runHttpApp<App extends INestApplication = INestApplication>(
  options: HttpAppOptions<App>,
): Promise<RunningApp> {
  const { module, adapter, listen, log } = options;
  return runApp(options, async (health) => {
    const app = await NestFactory.create<App>(module, adapter, { logger: new NestLog(log), abortOnError: false });
    await options.configure?.(app, health);
    await app.listen(listen.port, listen.host);
    log.info('listening', { url: await app.getUrl() });
    return { close: () => app.close() };
  });
}
