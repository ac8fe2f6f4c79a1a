import { policies, type Rule } from '@hearth/cinder-v3';
import { allSteps, type Step } from '../../../../apps/api/src/testing/walk/steps';
import type { Exchanged, FuzzAnswer } from './exchange';
import type { BearerName, FuzzRequest } from './fuzz-request';

/** What must hold of every answer beside its form. */
export interface Promises {
  /** Texts that only another project holds: no request has them, and no answer may. */
  readonly secrets: readonly string[];
  /** Of what another project has: told to nobody who has not named them. */
  readonly ids: readonly string[];
}

/** Refused for want of a service, as Cinder does; see the route table. */
const withoutService = 'Service cinder-backup could not be found.';
/** Above it an answer counts as hung, ms. */
const answerMsMax = 15_000;
/** A body that is not read to its end: the connection may end before the client has read why. */
const largeBytes = 1_000_000;

const keys: Readonly<Record<number, string>> = {
  400: 'badRequest',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'itemNotFound',
  405: 'badMethod',
  409: 'conflictingRequest',
  413: 'overLimit',
  415: 'badMediaType',
  503: 'serviceUnavailable',
};

/** What the api needs did not answer in time: promised so, with word of when to ask again; nothing that a request may bring about. */
export function isAway(answer: Exchanged): boolean {
  if (typeof answer === 'string' || answer.status !== 503 || !answer.headers.has('retry-after')) return false;
  return answer.body.includes('cannot be reached');
}

/** What is wrong with an answer, in a few words; undefined when every promise is kept. */
export function problemOf(request: FuzzRequest, answer: Exchanged, promises: Promises): string | undefined {
  if (answer === 'silent') return 'is not answered';
  if (answer === 'closed') return mayClose(request) ? undefined : 'ends the connection without an answer';
  const { status, headers, body, elapsedMs } = answer;
  if (status >= 500 && !isAway(answer) && !(status === 503 && body.includes(withoutService)))
    return `is answered with ${status}`;
  if (elapsedMs > answerMsMax) return `is answered after ${answerMsMax} ms`;
  if (request.bearer !== 'admin' && tellsOthers(request, body, promises)) return "tells another project's secrets";
  if (headers.has('x-injected')) return 'lets a header through';
  if (!answer.isWhole && !mayClose(request)) return 'is cut off';
  if (status >= 400) return faultProblem(answer, request.method);
  return status >= 200 ? doneProblem(request, answer) : `is answered with ${status}`;
}

const steps: ReadonlyMap<string, Step> = new Map(allSteps.map((step) => [step.name, step]));

/** Who may be told that something was done, by the rule of its policy; the token of a service has no role of the project. */
const letIn: Readonly<Record<Rule | 'open', readonly BearerName[]>> = {
  open: ['member', 'reader', 'admin', 'service', 'nobody'],
  anyone: ['member', 'reader', 'admin', 'service'],
  reader: ['member', 'reader', 'admin'],
  member: ['member', 'admin'],
  admin: ['admin'],
  service: ['admin'],
};

/** What is wrong with an answer that says that something was done. */
function doneProblem({ name, bearer, isAsNamed, wellFormed }: FuzzRequest, { status, body }: FuzzAnswer) {
  const step = steps.get(name);
  // Of a request that is another one than its name says, or two in one, nobody knows what is right.
  if (!step || !isAsNamed || !wellFormed) return undefined;
  const { policy, success } = step;
  if (!letIn[policy === 'open' ? 'open' : policies[policy]].includes(bearer)) return `lets ${bearer} in`;
  if (status !== success.status) return `is done with ${status}, and ${success.status} was promised`;
  if (success.contentType !== undefined) return undefined;
  if (!success.schema) return body === '' ? undefined : 'is done, with a body that nobody promised';
  const { error } = success.schema.safeParse(parsed(body));
  const [issue] = error?.issues ?? [];
  return issue && `is done otherwise than its schema says: ${issue.path.join('.')}: ${issue.message}`;
}

function tellsOthers({ target, body: sent }: FuzzRequest, body: string, { secrets, ids }: Promises): boolean {
  const isNamed = (id: string) => target.includes(id) || (sent?.includes(id) ?? false);
  return secrets.some((secret) => body.includes(secret)) || ids.some((id) => body.includes(id) && !isNamed(id));
}

function mayClose({ wellFormed, slow, body }: FuzzRequest): boolean {
  return !wellFormed || slow || (body?.length ?? 0) > largeBytes;
}

function faultProblem({ status, headers, body }: FuzzAnswer, method: string): string | undefined {
  if (method === 'HEAD') return undefined;
  if (!headers.get('content-type')?.startsWith('application/json')) return `refuses with ${status} and no JSON`;
  const fault = parsed(body);
  if (typeof fault !== 'object' || fault === null) return `refuses with ${status} and no JSON`;
  if (status === 401 && isKeystones(fault)) return undefined;
  if (status === 404 && isRouters(fault)) return undefined;
  const entries = Object.entries(fault as Readonly<Record<string, unknown>>);
  const [[key, value] = []] = entries;
  const wanted = keys[status] ?? 'computeFault';
  if (entries.length !== 1 || key !== wanted) return `refuses with ${status} and not under the key ${wanted}`;
  const { code, message } = value as { readonly code?: unknown; readonly message?: unknown };
  return code === status && typeof message === 'string' ? undefined : `refuses with ${status} and no code and message`;
}

function isKeystones(fault: object): boolean {
  return 'error' in fault && typeof (fault.error as { readonly message?: unknown }).message === 'string';
}

function isRouters(fault: object): boolean {
  return 'code' in fault && fault.code === '404 Not Found';
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
