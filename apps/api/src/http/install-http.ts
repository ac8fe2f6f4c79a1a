import type { INestApplication } from '@nestjs/common';
import type { Clock } from '@hearth/kernel';
import type { ApiAdapter } from './api.adapter';
import { FaultFilter } from './fault.filter';
import { type HookOptions, installHooks } from './http-hooks';
import { countRefused } from './http-metrics';
import { RateLimits } from './rate-limits';

export interface HttpOptions extends Omit<HookOptions, 'rates'> {
  /** The system's unless told. */
  readonly clock?: Clock;
}

/** What stands between the socket and the controllers; before the app listens. */
export function installHttp(app: INestApplication, adapter: ApiAdapter, options: HttpOptions): void {
  const { clock = Date } = options;
  installHooks(adapter, { ...options, rates: new RateLimits(adapter.limits, clock, countRefused) });
  app.useGlobalFilters(new FaultFilter(options.log));
}
