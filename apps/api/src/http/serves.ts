import { type Operation, pathsOf, type Route, routeOf, routes } from '@hearth/cinder-v3';
import { applyDecorators, HttpCode, RequestMapping, RequestMethod } from '@nestjs/common';

/** A path of the route table in the form of the router: `{volume_id}` is `:volume_id`. */
const patternOf = (path: string) => path.replaceAll(/\{(\w+)\}/g, ':$1');

/**
 * Makes a controller's method serve an operation of the route table, under all of its paths; or several that differ by their paths
 * alone.
 */
export function Serves(operation: Operation, ...alike: readonly Operation[]): MethodDecorator {
  const route = routeOf(operation);
  const path = [operation, ...alike].flatMap((one) => pathsOf(routeOf(one)).map(patternOf));
  return applyDecorators(RequestMapping({ path, method: RequestMethod[route.method] }), HttpCode(route.success.status));
}

const byPattern: ReadonlyMap<string, Route> = new Map(
  routes.flatMap((route) => pathsOf(route).map((path) => [`${route.method} ${patternOf(path)}`, route] as const)),
);

/** The route that the router chose; undefined where it found none. HEAD is served as GET is. */
export function routeServing(method: string, pattern: string | undefined): Route | undefined {
  return pattern === undefined ? undefined : byPattern.get(`${method === 'HEAD' ? 'GET' : method} ${pattern}`);
}
