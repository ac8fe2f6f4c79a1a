import { absentRoutes } from './absent.routes';
import { attachmentRoutes } from './attachments.routes';
import { cacheActRoutes } from './cache-acts.routes';
import { cacheInsightRoutes } from './cache-insight.routes';
import { cacheRoutes } from './cache.routes';
import { emptyRoutes } from './empty.routes';
import { messageRoutes } from './messages.routes';
import { operationsRoutes } from './operations.routes';
import { qosRoutes } from './qos.routes';
import { quotaRoutes } from './quotas.routes';
import type { Route } from './route';
import { snapshotRoutes } from './snapshots.routes';
import { systemRoutes } from './system.routes';
import { olderTransferRoutes, transferRoutes } from './transfers.routes';
import { typePartsRoutes } from './type-parts.routes';
import { typeRoutes } from './types.routes';
import { volumePartsRoutes } from './volume-parts.routes';
import { volumeRoutes } from './volumes.routes';

const tables = [
  ...systemRoutes,
  ...volumeRoutes,
  ...volumePartsRoutes,
  ...attachmentRoutes,
  ...snapshotRoutes,
  ...olderTransferRoutes,
  ...transferRoutes,
  ...messageRoutes,
  ...typeRoutes,
  ...typePartsRoutes,
  ...qosRoutes,
  ...quotaRoutes,
  ...operationsRoutes,
  ...emptyRoutes,
  ...cacheRoutes,
  ...cacheActRoutes,
  ...cacheInsightRoutes,
] as const;

export { absentRoutes };

/** The name of an operation that is served. */
export type Operation = (typeof tables)[number]['operation'];

/** Every operation: what is served, who may, since when; the OpenAPI document and docs/compatibility.md are made from it. */
export const routes: readonly Route[] = tables;

const byOperation: ReadonlyMap<string, Route> = new Map(routes.map((route) => [route.operation, route]));

export function routeOf(operation: Operation): Route {
  return byOperation.get(operation)!;
}

/** The paths under which a route serves, in the form of OpenAPI: with the project, and without it where that may be left out. */
export function pathsOf({ path, projectOptional }: Route): readonly string[] {
  return projectOptional ? [path, path.replace('/{project_id}', '')] : [path];
}
