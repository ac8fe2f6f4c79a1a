import {
  globalRequestId,
  negotiateMinor,
  requestIdHeaders,
  requestIdOf,
  UnsupportedVersionError,
  versionHeader,
  versionHeaderValue,
} from '@hearth/cinder-v3';
import { contextOf as traceOf, type LogGate, LogSuspectError, traceparentOf } from '@hearth/event-sourcing';
import type { Log } from '@hearth/platform';
import { randomUUID } from 'node:crypto';
import type { Authenticator } from '../auth/caller';
import { admittedProject, authenticated, needsCaller } from './admission';
import type { ApiAdapter } from './api.adapter';
import { checkHead } from './check-head';
import { countRefused, observeRequest } from './http-metrics';
import { Permission } from './permission';
import { publicBase, type PublicBaseOptions } from './public-base';
import { requestContexts, type RequestContext } from './request-context';
import type { RateLimits } from './rate-limits';
import { type ClosingAnswer, type Place, RequestsInFlight } from './requests-in-flight';
import { readTarget } from './request-target';
import { routeServing } from './serves';
import { spokenHere } from './spoken-here';
import { throwBodyAway, type UnreadRequest } from './unread-body';

export interface HookOptions extends PublicBaseOptions {
  readonly authenticator: Authenticator;
  readonly log: Log;
  readonly rates: RateLimits;
  /** Nothing is changed while the log is suspect, not even what is none of its business. */
  readonly gate?: Pick<LogGate, 'state'>;
}

/** The parts of the framework's request and reply that are used here. */
interface Request {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly params: unknown;
  readonly socket: { readonly remoteAddress?: string };
  readonly routeOptions: { readonly url?: string | undefined };
  readonly raw: UnreadRequest & { readonly rawHeaders: readonly string[] };
}

interface Reply {
  readonly raw: ClosingAnswer;
  header(name: string, value: string): Reply;
}

/** What comes as a body with these is thrown away. */
const bodyless: ReadonlySet<string> = new Set(['GET', 'HEAD']);

const healthPages: readonly string[] = ['/health/live', '/health/ready', '/metrics'];
const isHealthPage = (path: string) => healthPages.includes(path);

/** What happens to every request before and after its controller. */
export function installHooks(adapter: ApiAdapter, options: HookOptions): void {
  const instance = adapter.getInstance();
  const inFlight = new RequestsInFlight(adapter.limits, countRefused);
  instance.addHook('onRequest', async (request, reply) => {
    if (bodyless.has(request.method)) await throwBodyAway(request.raw, adapter.limits.bodyMaxBytes);
    const context = contextOf(request, options);
    requestContexts.open(request, context);
    for (const name of requestIdHeaders) reply.header(name, context.requestId);
    checkHead({ url: request.url, rawHeaders: request.raw.rawHeaders }, adapter.limits);
    // Whoever watches the process has to be answered above all when it is busy.
    const place = isHealthPage(context.path) ? undefined : inFlight.enter(reply.raw);
    const isOfApi = needsCaller(request.routeOptions.url ?? context.path);
    if (isOfApi) await admitRequest(request, reply, { context, place, options });
    else if (context.path === '/') speak(reply, versionHeaderValue(0));
  });
  // Nothing leaves that nobody was asked about: a controller that forgets to look is a mistake of ours, not an open door.
  instance.addHook('onSend', async (request, reply, payload) => {
    if (reply.statusCode < 400) demandPermission(request);
    return payload;
  });
  instance.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions } = request;
    observeRequest({ method, route: routeOptions.url, status: reply.statusCode, durationMs: reply.elapsedTime });
    options.log.debug('request', {
      requestId: requestContexts.of(request)?.requestId,
      globalRequestId: requestContexts.of(request)?.globalRequestId,
      method,
      path: requestContexts.of(request)?.path,
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime),
    });
  });
}

function demandPermission(request: Request): void {
  const { url: pattern } = request.routeOptions;
  const permission = requestContexts.permissionOf(request);
  if (!permission && needsCaller(pattern ?? '')) throw new Error(`nobody asked who is answered by ${pattern}`);
  permission?.demand(pattern);
}

interface Admission {
  readonly context: RequestContext;
  readonly place: Place | undefined;
  readonly options: HookOptions;
}

async function admitRequest(request: Request, reply: Reply, { context, place, options }: Admission) {
  const { authenticator, rates } = options;
  const caller = await authenticated(request, context.path, authenticator);
  place?.belongTo(caller.projectId);
  rates.take(caller.projectId, request.method);
  const minor = spokenMinor(request, reply);
  const { project_id: project } = request.params as { readonly project_id?: string };
  const projectId = admittedProject(caller, project);
  const route = routeServing(request.method, request.routeOptions.url);
  const permission = new Permission(caller, route?.policy);
  refuseWhileSuspect(request.method, options.gate);
  if (route) spokenHere(route, minor);
  if (route && !route.policyAfterLookup && route.policy !== 'by action') permission.authorise();
  const { authorise, authorised } = permission;
  requestContexts.admit(
    request,
    { ...context, caller, minor, projectId, authorise, authorised, rates: () => rates.usage(caller.projectId) },
    permission,
  );
}

/** Throws `LogSuspectError` for whatever is no look. */
function refuseWhileSuspect(method: string, gate: HookOptions['gate']): void {
  if (method === 'GET' || method === 'HEAD' || gate?.state.status !== 'suspect') return;
  throw new LogSuspectError(gate.state.reason);
}

/** Negotiates the microversion and says it, also where it is not spoken here. Throws a fault of 400 or 406. */
function spokenMinor(request: Request, reply: Reply): number {
  try {
    const minor = negotiateMinor(single(request.headers['openstack-api-version']));
    speak(reply, versionHeaderValue(minor));
    return minor;
  } catch (error) {
    if (error instanceof UnsupportedVersionError) speak(reply, `volume ${error.version}`);
    throw error;
  }
}

function speak(reply: Reply, version: string): void {
  reply.header(versionHeader, version).header('Vary', versionHeader);
}

function contextOf(request: Request, options: PublicBaseOptions): RequestContext {
  const { headers, url, socket } = request;
  return {
    requestId: requestIdOf(randomUUID()),
    globalRequestId: globalRequestId(single(headers['x-openstack-request-id'])),
    traceparent: traceparentOf(traceOf(single(headers['traceparent']))),
    base: publicBase({ headers, remoteAddress: socket.remoteAddress }, options),
    ...readTarget(url),
  };
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
