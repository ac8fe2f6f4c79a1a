import { newestMinor, type Parameter, policies } from '@hearth/cinder-v3';
import type { Random } from '@hearth/image-format/testing';
import type { Step } from '../../../../apps/api/src/testing/walk/steps';
import { parametersOf } from '../../../../apps/api/src/testing/walk/steps';
import type { BearerName, FuzzRequest } from './fuzz-request';
import { hostileText, hostileValue } from './hostile';
import type { KnownObjects } from './known-objects';
import { rawBody } from './raw-bodies';
import { leastValue, schemaValue, uuidOf } from './schema-body';

/** Tokens of the project that asks, and the URL's project. */
export const fuzzProject = 'fuzz';
export const fuzzTokens: Readonly<Record<Exclude<BearerName, 'nobody'>, string>> = {
  member: `${fuzzProject}:mia:member`,
  reader: `${fuzzProject}:rita:reader`,
  admin: `${fuzzProject}:alma:admin`,
  service: `${fuzzProject}:sam:service`,
};

const bearers: readonly BearerName[] = ['member', 'member', 'member', 'admin', 'reader', 'service', 'nobody'];
const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'];
const contentTypes = [
  'text/plain',
  'application/xml',
  'application/json; charset=utf-16',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/vnd.api+json',
  '',
];

/** A step, and what its query may hold. */
type FuzzedStep = Step & { readonly parameters: readonly Parameter[] };

const sizeFields: readonly string[] = ['size', 'new_size'];

/** Makes requests of what the route table says, and spoils most of them. The same chance makes the same requests of the same objects. */
export class RequestMaker {
  constructor(
    private readonly random: Random,
    private readonly steps: readonly FuzzedStep[],
    private readonly known: KnownObjects,
  ) {}

  next(): FuzzRequest {
    const step = this.random.pick(this.steps);
    return this.random.oneIn(4) ? this.plain(step) : this.spoiled(step);
  }

  /** The least that the step takes, about what is there: without such requests there would be little to spoil. */
  private plain(step: FuzzedStep): FuzzRequest {
    const { random, known } = this;
    const bearer = bearerFor(step);
    const [form = ''] = step.paths;
    const target = parametersOf(form).reduce(
      (text, parameter) => text.replace(`{${parameter}}`, () => encodeText(known.one(parameter, random) ?? 'k')),
      form.replace('{project_id}', fuzzProject),
    );
    const named = (field: string) => (sizeFields.includes(field) ? random.pick([1, 2, 3]) : known.one(field, random));
    const schema = step.schema?.(step.until);
    const body = schema && Buffer.from(JSON.stringify(leastValue(schema, named, sizeFields)));
    const type: [string, string][] = body ? [['Content-Type', 'application/json']] : [];
    const name = step.parameters.length > 0 ? random.pick(step.parameters).name : '';
    const value = known.one(name, random);
    return {
      name: step.name,
      bearer,
      method: step.method,
      target: value === undefined ? target : `${target}?${name}=${encodeText(value)}`,
      headers: [...tokenHeaders(bearer), ...type, ['OpenStack-API-Version', `volume 3.${step.until}`]],
      body,
      slow: false,
      wellFormed: true,
      isAsNamed: true,
    };
  }

  private spoiled(step: FuzzedStep): FuzzRequest {
    const { random } = this;
    const bearer = random.oneIn(4) ? random.pick(bearers) : bearerFor(step);
    const body = this.body(step, bearer);
    const method = random.oneIn(40) ? random.pick(methods) : step.method;
    const path = this.path(step, bearer);
    const target = random.oneIn(50) ? this.spoiledPath(path) : path;
    const slow = body !== undefined && random.oneIn(400);
    const wellFormed = !random.oneIn(60);
    return {
      name: step.name,
      bearer,
      method,
      target: `${target}${this.query(step)}`,
      headers: [...this.headers(step, bearer, body), ...(wellFormed ? [] : this.brokenHeaders())],
      body,
      slow,
      wellFormed,
      isAsNamed: method === step.method && target === path,
    };
  }

  private path(step: Step, bearer: BearerName): string {
    const { random } = this;
    const [withProject = '', without = withProject] = step.paths;
    const form = random.oneIn(8) ? without : withProject;
    return parametersOf(form).reduce(
      (text, parameter) => text.replace(`{${parameter}}`, () => this.pathValue(parameter, bearer)),
      form.replace('{project_id}', () => this.project()),
    );
  }

  private project(): string {
    const { random } = this;
    return random.oneIn(30)
      ? random.pick(['canary', 'other', encodeText(hostileText(random)), '%', '..'])
      : fuzzProject;
  }

  private pathValue(parameter: string, bearer: BearerName): string {
    const { random, known } = this;
    if (random.oneIn(12)) return encodeText(hostileText(random)) || '%20';
    if (random.oneIn(12)) return uuidOf(random);
    // Who may do everything may change what belongs to others.
    if (bearer !== 'admin' && random.oneIn(8)) return known.canary(parameter, random) ?? uuidOf(random);
    return encodeText(known.one(parameter, random) ?? 'k');
  }

  private spoiledPath(path: string): string {
    const { random } = this;
    return random.pick([
      `${path}/`,
      `/${path}`,
      path.replaceAll('/', '//'),
      `${path}%zz`,
      `${path}%00`,
      `${path}/..%2f..`,
      `${path};a=b`,
      path.toUpperCase(),
      `${path}${'/x'.repeat(200)}`,
      `${path}/${'y'.repeat(7_000)}`,
    ]);
  }

  private query(step: { readonly parameters: readonly Parameter[] }): string {
    const { random } = this;
    if (random.oneIn(3)) return '';
    const names = [...step.parameters.map(({ name }) => name), 'limit', 'marker', 'sort', 'all_tenants', 'name~'];
    const pairs: string[] = [];
    for (let count = random.pick([0, 1, 1, 2, 3, 12]); count > 0; count--) {
      const name = random.oneIn(10) ? encodeText(hostileText(random)) : random.pick(names);
      pairs.push(`${name}=${this.queryValue(name)}`);
    }
    if (random.oneIn(40)) pairs.push(random.pick(['%', '%ff=%fe', '&&&', '=', 'a[b]=c', 'limit', 'limit=1&limit=x']));
    return pairs.length > 0 ? `?${pairs.join('&')}` : '';
  }

  private queryValue(name: string): string {
    const { random, known } = this;
    if (random.oneIn(4)) return encodeText(hostileText(random));
    if (random.oneIn(6)) return encodeText(JSON.stringify(hostileValue(random)).slice(0, 2_000));
    const sensible = ['1', '0', '5', 'True', 'False', 'name:asc', 'created_at:desc', 'available', "{'k': 'v'}"];
    return encodeText(known.one(name, random) ?? random.pick(sensible));
  }

  private body(step: Step, bearer: BearerName): Buffer | undefined {
    const { random, known } = this;
    const isAdmin = bearer === 'admin';
    const schema = step.schema?.(newestMinor);
    if (!schema) return random.oneIn(40) ? rawBody('{}', random) : undefined;
    const value = schemaValue(schema, random, (field) => {
      if (sizeFields.includes(field)) return random.pick([1, 1, 2, 3, '2']);
      return !isAdmin && random.oneIn(10) ? known.canary(field, random) : known.one(field, random);
    });
    const json = JSON.stringify(random.oneIn(30) ? hostileValue(random) : value);
    return random.oneIn(15) ? rawBody(json, random) : Buffer.from(json);
  }

  private headers(step: Step, bearer: BearerName, body: Buffer | undefined): [string, string][] {
    const { random } = this;
    const headers = tokenHeaders(bearer);
    if (bearer === 'nobody' && random.oneIn(2))
      headers.push(['X-Auth-Token', encodeText(hostileText(random)).slice(0, 4_000)]);
    if (body) headers.push(['Content-Type', random.oneIn(20) ? random.pick(contentTypes) : 'application/json']);
    if (!random.oneIn(6)) headers.push(['OpenStack-API-Version', this.version(step)]);
    if (random.oneIn(10)) headers.push([random.pick(extraNames), encodeText(hostileText(random)).slice(0, 4_000)]);
    return headers;
  }

  private version({ since, until }: Step): string {
    const { random } = this;
    const minors = [until, until, until, until, newestMinor, since, since - 1, 0, 27, 52];
    if (random.oneIn(25))
      return random.pick(['volume', 'volume 3', 'volume 2.0', 'volume 3.71', 'compute 2.1', ', ,', '3.x']);
    return random.oneIn(10) ? 'volume latest' : `volume 3.${Math.max(0, random.pick(minors))}`;
  }

  private brokenHeaders(): [string, string][] {
    const { random } = this;
    return random.pick<[string, string][]>([
      [['X-Note', 'a\r\nX-Injected: yes']],
      [['X-Note', 'a\0b']],
      [['X Note', 'a']],
      [['X-Note', 'y'.repeat(20_000)]],
      Array.from({ length: 150 }, (_, at) => [`X-Note-${at}`, 'a']),
      [['Content-Length', '5']],
      [['Content-Length', '-1']],
      [['Transfer-Encoding', 'chunked']],
      [['Expect', '100-continue']],
      [
        ['Upgrade', 'websocket'],
        ['Connection', 'Upgrade'],
      ],
      [['X-Auth-Token', 'canary:carl:nobody']],
    ]);
  }
}

function tokenHeaders(bearer: BearerName): [string, string][] {
  const token: [string, string][] = bearer === 'nobody' ? [] : [['X-Auth-Token', fuzzTokens[bearer]]];
  return [['Host', 'blocks'], ...token];
}

/** Somebody whom the policy lets in. */
function bearerFor({ policy }: Step): BearerName {
  return policy !== 'open' && policies[policy] === 'admin' ? 'admin' : 'member';
}

const extraNames = [
  'Idempotency-Key',
  'X-OpenStack-Request-ID',
  'X-Service-Token',
  'traceparent',
  'X-Forwarded-For',
  'X-Forwarded-Proto',
  'X-Forwarded-Host',
  'Accept',
  'If-Match',
  'Accept-Encoding',
];

/** For a request line or a header: lone halves of surrogate pairs become what Latin-1 can say. */
function encodeText(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd'));
}
