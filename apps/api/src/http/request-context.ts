import type { RateUsage, ViewContext } from '@hearth/cinder-v3';
import type { CommitContext } from '@hearth/event-sourcing';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Caller } from '../auth/caller';
import type { Permission } from './permission';

/** What is known of a request before a controller sees it. */
export interface RequestContext {
  /** `req-<uuid>`: ours, in the answer and on everything that follows from the request. */
  readonly requestId: string;
  /** The id under which the caller knows it, where it sent one. */
  readonly globalRequestId: string | undefined;
  /** The caller's W3C trace context, where it sent one that can be read. */
  readonly traceparent: string | undefined;
  /** Public URL of the API without a slash at its end. */
  readonly base: string;
  readonly path: string;
  readonly query: URLSearchParams;
}

/** A request whose caller is known and may do it. */
export interface CallContext extends RequestContext {
  readonly caller: Caller;
  /** The project of the URL, else the caller's. */
  readonly projectId: string;
  /** The minor of the microversion 3.x. */
  readonly minor: number;
  /**
   * Looks whether the caller may, where the route's policy waits until the object was found; harmless elsewhere. Throws a fault
   * of 403. An answer to a request whose policy nobody looked at is not sent.
   */
  readonly authorise: () => void;
  /** Says that another policy than the route's own was looked at: that of an action. */
  readonly authorised: () => void;
  /** How often the caller's project may still ask. */
  readonly rates: () => readonly RateUsage[];
}

const contexts = new WeakMap<object, RequestContext>();
const calls = new WeakMap<object, CallContext>();
const permissions = new WeakMap<object, Permission>();

/** Kept beside the framework's request, which is not ours to write on. */
export const requestContexts = {
  open: (request: object, context: RequestContext) => void contexts.set(request, context),
  admit: (request: object, context: CallContext, permission: Permission) => {
    calls.set(request, context);
    permissions.set(request, permission);
  },
  permissionOf: (request: object) => permissions.get(request),
  of: (request: object) => contexts.get(request),
};

/** The context of the request, for routes that everybody may use. */
export const Asked = createParamDecorator((_: unknown, host: ExecutionContext): RequestContext => {
  const context = contexts.get(host.switchToHttp().getRequest<object>());
  if (!context) throw new Error('a request reached a controller without a context');
  return context;
});

/** The context of a request whose caller is known. */
export const Call = createParamDecorator((_: unknown, host: ExecutionContext): CallContext => {
  const context = calls.get(host.switchToHttp().getRequest<object>());
  if (!context) throw new Error('a request reached a controller that needs a caller, and has none');
  return context;
});

/** What a commit that follows from the request is linked to. A trace of our own, where one is recorded, takes precedence. */
export function commitContext({ requestId, globalRequestId, traceparent }: RequestContext): CommitContext {
  return { correlationId: requestId, causationId: globalRequestId, traceparent };
}

export function viewContext({ base, projectId, caller, minor }: CallContext): ViewContext {
  return { base, projectId, isAdmin: caller.isAdmin, minor };
}
