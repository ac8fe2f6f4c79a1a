import { z } from 'zod';
import { newestMinor } from '../microversion';
import { pathsOf as pathsOfRoute, routes } from '../routes/route-table';
import type { Parameter, Route, Success } from '../routes/route';

const faultSentences: Readonly<Record<number, string>> = {
  400: 'The request is wrong; the message says how.',
  401: 'No token, or one that is not known.',
  403: 'The token is not allowed to do this.',
  404: 'No such thing, or none that this project may see.',
  406: 'A microversion that is not spoken.',
  409: 'It collides with what is there.',
  413: 'Over quota, or too large a body.',
  415: 'The body is not application/json.',
  503: 'Something that is needed is away; try again after Retry-After.',
};

/** The OpenAPI document of what `routes` holds; `release` is the version of the program. */
export function openApiDocument(release: string) {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Hearth',
      version: release,
      description: 'The part of the Cinder v3 API that Hearth serves, and its image-volume cache API.',
    },
    paths: pathsOf(routes),
    components: {
      responses: refusalsIn(routes),
      schemas: { Fault: faultSchema, ...bodySchemas(routes), ...answerSchemas(routes) },
      securitySchemes: { token: { type: 'apiKey', in: 'header', name: 'X-Auth-Token' } },
    },
  };
}

const faultSchema = {
  type: 'object',
  description: 'One key by status (badRequest, itemNotFound, …); its value has code and message.',
  additionalProperties: {
    type: 'object',
    properties: { code: { type: 'integer' }, message: { type: 'string' } },
    required: ['code', 'message'],
  },
  minProperties: 1,
  maxProperties: 1,
};

function pathsOf(all: readonly Route[]): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of all) {
    for (const path of pathsOfRoute(route)) (paths[path] ??= {})[route.method.toLowerCase()] = operationOf(route, path);
  }
  return paths;
}

function operationOf(route: Route, path: string) {
  const { summary, policy } = route;
  const schema = bodyOf(route);
  return {
    summary,
    description: descriptionOf(route),
    security: policy === 'open' ? [] : [{ token: [] }],
    parameters: parametersOf(route, path),
    ...(schema && { requestBody: { required: true, content: { 'application/json': { schema } } } }),
    responses: {
      ...successesOf(route),
      ...Object.fromEntries(refusalsOf(route).map((status) => [status, { $ref: `#/components/responses/${status}` }])),
    },
  };
}

function descriptionOf({ policy, since, until }: Route): string | undefined {
  const versions = [since === undefined ? '' : `From 3.${since}.`, until === undefined ? '' : `Up to 3.${until}.`];
  const rule = policy === 'open' || policy === 'by action' ? '' : `Policy ${policy}.`;
  return [...versions, rule].filter(Boolean).join(' ') || undefined;
}

/** A route has a body of its own, or those of its actions. */
function bodyOf({ body, actions }: Route) {
  if (body) return referenceTo(body.title);
  return actions && { oneOf: actions.map(({ schema }) => schema(newestMinor)) };
}

function successesOf({ success, actions = [] }: Route) {
  const all = actions.length > 0 ? actions.map((action) => action.success) : [success];
  return Object.fromEntries(all.map((one) => [one.status, { description: 'As asked.', ...contentOf(one) }]));
}

function contentOf({ schema, contentType }: Success) {
  if (contentType !== undefined) return { content: { [contentType]: { schema: { type: 'string' } } } };
  return schema ? { content: { 'application/json': { schema: referenceTo(titleOf(schema)) } } } : {};
}

const referenceTo = (title: string) => ({ $ref: `#/components/schemas/${title}` });

const bodySchemas = (all: readonly Route[]): Readonly<Record<string, unknown>> =>
  Object.fromEntries(all.flatMap(({ body }) => (body ? [[body.title, body.schema(newestMinor)]] : [])));

/** What answers look like, by the titles that the routes give them. */
function answerSchemas(all: readonly Route[]): Readonly<Record<string, unknown>> {
  const successes = all.flatMap(({ success, actions = [] }) => [success, ...actions.map((action) => action.success)]);
  const schemas = successes.flatMap(({ schema }) => schema ?? []);
  return Object.fromEntries(schemas.map((schema) => [titleOf(schema), jsonSchema(schema)]));
}

function titleOf(schema: z.ZodType): string {
  const title = schema.meta()?.title;
  if (title === undefined) throw new Error('a schema of an answer needs a title');
  return title;
}

function jsonSchema(schema: z.ZodType) {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12' });
  return rest;
}

function refusalsOf({ policy, body, actions, refusals = [] }: Route): readonly number[] {
  const usual = policy === 'open' ? [] : [401, 403, 404, 406, 503];
  const ofBody = body || actions ? [400, 415] : [];
  return [...new Set([...usual, ...ofBody, ...refusals])].sort((one, other) => one - other);
}

/** Each refusal once: every route has most of them. */
function refusalsIn(all: readonly Route[]): Readonly<Record<string, unknown>> {
  const statuses = [...new Set(all.flatMap(refusalsOf))].sort((one, other) => one - other);
  return Object.fromEntries(statuses.map((status) => [status, refusal(status)]));
}

function refusal(status: number) {
  const content = { 'application/json': { schema: referenceTo('Fault') } };
  return { description: faultSentences[status] ?? 'Refused.', content };
}

function parametersOf({ parameters = [], policy }: Route, path: string) {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  return [...inPath, ...[...parameters, ...(policy === 'open' ? [] : [microversion])].map(parameterOf)];
}

const microversion: Parameter = {
  name: 'OpenStack-API-Version',
  in: 'header',
  description: '`volume 3.x`, up to 3.70, or `volume latest`; 3.0 unless told.',
};

function parameterOf({ type = 'string', ...parameter }: Parameter) {
  return { ...parameter, required: false, schema: { type } };
}
