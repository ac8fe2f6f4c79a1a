import type { INestApplication } from '@nestjs/common';
import type { ApiAdapter } from './api.adapter';
import { FaultFilter } from './fault.filter';
import { type HttpOptions, installHooks } from './http-hooks';

/** What stands between the socket and the controllers; before the app listens. */
export function installHttp(app: INestApplication, adapter: ApiAdapter, options: HttpOptions): void {
  installHooks(adapter, options);
  app.useGlobalFilters(new FaultFilter(options.log));
}
