import { z } from 'zod';
import { newestMinor } from '../microversion';
import { createVolumeSchema } from '../volumes/create-volume.schema';
import { type ParameterDoc, type RouteDoc, routes } from './routes';

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
      schemas: { Fault: faultSchema, CreateVolume: createVolumeSchema(newestMinor), ...answerSchemas(routes) },
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

function pathsOf(all: readonly RouteDoc[]): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of all) {
    const forms = route.projectOptional ? [route.path, route.path.replace('/{project_id}', '')] : [route.path];
    for (const path of forms) (paths[path] ??= {})[route.method] = operationOf(route, path);
  }
  return paths;
}

function operationOf(route: RouteDoc, path: string) {
  const { summary, body, success, open = false } = route;
  return {
    summary,
    security: open ? [] : [{ token: [] }],
    parameters: parametersOf(route, path),
    ...(body && { requestBody: { required: true, content: { 'application/json': { schema: referenceTo(body) } } } }),
    responses: {
      [success.status]: { description: 'As asked.', ...contentOf(success) },
      ...Object.fromEntries(refusalsOf(route).map((status) => [status, refusal(status)])),
    },
  };
}

function contentOf({ schema, contentType }: RouteDoc['success']) {
  if (contentType !== undefined) return { content: { [contentType]: { schema: { type: 'string' } } } };
  return schema ? { content: { 'application/json': { schema: referenceTo(titleOf(schema)) } } } : {};
}

const referenceTo = (title: string) => ({ $ref: `#/components/schemas/${title}` });

/** What answers look like, by the titles that the routes give them. */
function answerSchemas(all: readonly RouteDoc[]): Readonly<Record<string, unknown>> {
  const schemas = all.flatMap(({ success }) => success.schema ?? []);
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

function refusalsOf({ open = false, refusals = [] }: RouteDoc): readonly number[] {
  const usual = open ? [] : [401, 406, 503];
  return [...new Set([...usual, ...refusals])].sort((one, other) => one - other);
}

function refusal(status: number) {
  const content = { 'application/json': { schema: referenceTo('Fault') } };
  return { description: faultSentences[status] ?? 'Refused.', content };
}

function parametersOf({ parameters = [], open = false }: RouteDoc, path: string) {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  return [...inPath, ...[...parameters, ...(open ? [] : [microversion])].map(parameterOf)];
}

const microversion: ParameterDoc = {
  name: 'OpenStack-API-Version',
  in: 'header',
  description: '`volume 3.x`, up to 3.70, or `volume latest`; 3.0 unless told.',
};

function parameterOf({ type = 'string', ...parameter }: ParameterDoc) {
  return { ...parameter, required: false, schema: { type } };
}
