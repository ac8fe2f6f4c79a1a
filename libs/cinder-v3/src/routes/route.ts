import type { z } from 'zod';
import type { WireSchema } from '../http/wire-schema';
import type { Policy } from '../policy/policies';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** A query parameter or header, as the document describes it. */
export interface Parameter {
  readonly name: string;
  readonly in: 'query' | 'header';
  readonly description: string;
  readonly type?: 'string' | 'integer' | 'boolean';
}

/** Microversions 3.x that know something; all, where nothing is said. Outside of them Cinder answers 404. */
export interface Spoken {
  readonly since?: number;
  readonly until?: number;
}

/** A body, by the name under which the OpenAPI document shows it in its newest form. */
export interface Body {
  readonly title: string;
  /** As it is checked for a minor of 3.x. */
  readonly schema: (minor: number) => WireSchema;
}

export interface Success {
  readonly status: number;
  /** Has a title, under which the document shows it. */
  readonly schema?: z.ZodType;
  readonly contentType?: string;
}

/** How a route compares with Cinder's of the same name. */
export type Parity =
  | 'kept'
  /** What a client will see otherwise, in a sentence. */
  | { readonly different: string }
  /** Not in Cinder. */
  | 'own';

/** One of several things that are asked by `POST …/action`, told apart by the body's one key. */
export interface Action extends Spoken {
  /** The body's key. */
  readonly action: string;
  readonly summary: string;
  /** Looked at when the object was found: nobody learns that it exists from a refusal. */
  readonly policy: Policy;
  /** Of the whole body. */
  readonly schema: (minor: number) => WireSchema;
  readonly success: Success;
  readonly parity: Parity;
}

/** One operation of the API. */
export interface Route extends Spoken {
  /** Its name in the program: `volumes.create`. */
  readonly operation: string;
  readonly method: Method;
  /** Behind the host, in the form of OpenAPI. */
  readonly path: string;
  /** The path also serves without its `/{project_id}`. */
  readonly projectOptional?: boolean;
  readonly summary: string;
  /** `open`: nobody is asked for a token. */
  readonly policy: Policy | 'open' | 'by action';
  /** The policy is looked at when the object was found, as in Cinder: for what is not there, everybody gets 404. */
  readonly policyAfterLookup?: boolean;
  readonly parameters?: readonly Parameter[];
  readonly body?: Body;
  readonly actions?: readonly Action[];
  readonly success: Success;
  /** Statuses of refusals beside those that every route may have: 401, 403, 404, 406, 503; 400 and 415 with a body. */
  readonly refusals?: readonly number[];
  readonly parity: Parity;
}

/** A route of Cinder's that is not served, and why. */
export interface AbsentRoute {
  readonly method: Method;
  readonly path: string;
  readonly reason: string;
}

/** Keeps the operations' names as literal types, so that a route that is not there cannot be served. */
export function defineRoutes<const Routes extends readonly Route[]>(routes: Routes): Routes {
  return routes;
}
