import { type Action, newestMinor, pathsOf, type Policy, type Route, routes } from '@hearth/cinder-v3';
import type { Method, WireSchema } from '@hearth/cinder-v3';

/** One thing that can be asked: a route, or one of the actions of a route. */
export interface Step {
  /** For people: `volumes.act os-extend`. */
  readonly name: string;
  readonly operation: string;
  readonly method: Method;
  /** In the form of OpenAPI; the second is without the project, where that may be left out. */
  readonly paths: readonly string[];
  readonly policy: Policy | 'open';
  /** For what is not there everybody gets 404. */
  readonly policyAfterLookup: boolean;
  readonly since: number;
  readonly until: number;
  readonly schema: ((minor: number) => WireSchema) | undefined;
  readonly success: Route['success'];
}

/** Everything that can be asked of the api. */
export const allSteps: readonly Step[] = routes.flatMap((route) =>
  route.actions ? route.actions.map((action) => actionStep(route, action)) : [routeStep(route)],
);

function routeStep(route: Route): Step {
  const { operation, method, policy, policyAfterLookup = false, since = 0, until = newestMinor, body, success } = route;
  if (policy === 'by action') throw new Error(`${operation} has no actions`);
  return {
    name: operation,
    operation,
    method,
    paths: pathsOf(route),
    policy,
    policyAfterLookup,
    since,
    until,
    schema: body?.schema,
    success,
  };
}

function actionStep(route: Route, action: Action): Step {
  const { operation, method } = route;
  return {
    name: `${operation} ${action.action}`,
    operation,
    method,
    paths: pathsOf(route),
    policy: action.policy,
    policyAfterLookup: true,
    since: Math.max(route.since ?? 0, action.since ?? 0),
    until: Math.min(route.until ?? newestMinor, action.until ?? newestMinor),
    schema: action.schema,
    success: action.success,
  };
}

/** What a path names, the project aside. */
export const parametersOf = (path: string): readonly string[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name).filter((name) => name !== 'project_id');
