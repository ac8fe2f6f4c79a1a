import 'reflect-metadata';
import { type Commit, InMemoryEventStore, InMemorySnapshotStore, LogGate } from '@hearth/event-sourcing';
import { createLog, HealthChecks, NestLog } from '@hearth/platform';
import { Database } from '@hearth/read-model';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { ApiModule } from '../api.module';
import { HostAnswers } from '../attachments/host-answers';
import type { Authenticator } from '../auth/caller';
import { ThreadCacheAdvisor } from '../cache/advice/thread.cache-advisor';
import { DevelopmentAuthenticator } from '../auth/development.authenticator';
import { ApiAdapter } from '../http/api.adapter';
import { type HttpLimits, httpConfig } from '../http/http.config';
import { installHttp } from '../http/install-http';
import { parseProxies } from '../http/trusted-proxies';
import type { VolumeServices } from '../volumes/volume-services';
import { FakeFills, FakeImageRecords, FakeImages, FakeManageableObjects, FakeQuota, FakeReadSide } from './fakes';

export const tokens = {
  member: 'demo:ann:member',
  reader: 'demo:rob:reader',
  other: 'other:olga:member',
  admin: 'operators:root:admin',
} as const;

export interface Asking {
  /** A token as it is sent; null sends none. The member's unless told. */
  readonly token?: string | null;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | number | undefined>>;
  /** Parsed where it is JSON. */
  readonly body: unknown;
  readonly text: string;
}

/** What a refusal tells the client. */
export const messageOf = ({ body }: Answer) => Object.values(body as Record<string, { message: string }>)[0]?.message;

/** Who asks it has to be tested with `startDatabaseApi`. */
const withoutDatabase = new Database({
  url: 'postgresql://nobody@127.0.0.1:9/none',
  applicationName: 'none',
  connectionsMax: 1,
});

export interface TestApiOptions {
  readonly publicEndpoint?: string;
  readonly trustedProxies?: readonly string[];
  readonly services?: Partial<VolumeServices>;
  /** The development mode's unless told. */
  readonly authenticator?: Authenticator;
  /** Those of a new installation, but for these. */
  readonly limits?: Partial<HttpLimits>;
}

const clock = { now: () => Date.parse('2026-11-21T00:49:33.441Z') };

/** The api as it is, over a log in memory and fakes that a test holds in its hands. */
export class TestApi {
  readonly store = new InMemoryEventStore();
  readonly reads = new FakeReadSide();
  readonly quota = new FakeQuota();
  readonly images = new FakeImages();
  readonly imageRecords = new FakeImageRecords();
  readonly manageable = new FakeManageableObjects();
  readonly fills = new FakeFills();
  readonly health = new HealthChecks();
  /** Open, until a test shuts it. */
  readonly gate = new LogGate();
  readonly lines: string[] = [];
  /** Method and pattern of every route that is served. */
  readonly routes: string[] = [];
  private app!: NestFastifyApplication;

  static async start(options: TestApiOptions = {}): Promise<TestApi> {
    const api = new TestApi();
    api.gate.open();
    const log = createLog({ name: 'api', level: 'debug', format: 'json', write: (line) => api.lines.push(line) });
    const limits = { ...z.object(httpConfig).parse({}), ...options.limits };
    const adapter = new ApiAdapter(limits);
    adapter.getInstance().addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat()) api.routes.push(`${one} ${url}`);
    });
    const module = ApiModule.of({ services: api.services(options), health: api.health, version: '0.0.0' });
    api.app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
      logger: new NestLog(log),
      abortOnError: false,
    });
    installHttp(api.app, adapter, {
      log,
      clock,
      authenticator: options.authenticator ?? new DevelopmentAuthenticator(),
      publicEndpoint: options.publicEndpoint,
      gate: api.gate,
      trusts: parseProxies(options.trustedProxies ?? []) ?? (() => false),
    });
    await api.app.init();
    await adapter.getInstance().ready();
    return api;
  }

  stop(): Promise<void> {
    return this.app.close();
  }

  /** A port of the loopback, for what no client library sends. */
  async listen(): Promise<number> {
    await this.app.listen(0, '127.0.0.1');
    return (this.app.getHttpServer().address() as AddressInfo).port;
  }

  /** All that stands in the log. */
  async commits(): Promise<readonly Commit[]> {
    for await (const { commits } of this.store.follow({ afterSequence: 0, signal: AbortSignal.timeout(5_000) }))
      return commits;
    return [];
  }

  get = (path: string, asking: Asking = {}) => this.ask('GET', path, asking);
  post = (path: string, body: unknown, asking: Asking = {}) => this.ask('POST', path, { ...asking, body });
  put = (path: string, body: unknown, asking: Asking = {}) => this.ask('PUT', path, { ...asking, body });
  delete = (path: string, asking: Asking = {}) => this.ask('DELETE', path, asking);

  /** Text bodies go as they are, everything else as JSON. */
  async ask(method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH', path: string, asking: Asking): Promise<Answer> {
    const { token = tokens.member, body, headers = {} } = asking;
    const response = await this.app.inject({
      method,
      url: path,
      headers: {
        'content-type': 'application/json',
        ...(token !== null && { 'x-auth-token': token }),
        ...headers,
      },
      ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = response.body;
    const isJson = String(response.headers['content-type']).startsWith('application/json');
    return {
      status: response.statusCode,
      headers: response.headers,
      body: isJson ? JSON.parse(text) : undefined,
      text,
    };
  }

  private services(options: TestApiOptions): VolumeServices {
    return {
      store: this.store,
      snapshots: new InMemorySnapshotStore(),
      passes: { run: async (pass) => ({ pass, status: 'unreachable', detail: null }) },
      advisor: new ThreadCacheAdvisor(),
      database: withoutDatabase,
      hosts: { hosts: async () => new Map() },
      processes: { services: async () => [] },
      reads: this.reads,
      quota: this.quota,
      images: this.images,
      imageRecords: this.imageRecords,
      keys: undefined,
      hostAnswers: new HostAnswers({ store: options.services?.store ?? this.store, timeoutMs: 30_000 }),
      attachmentDeletesNeedService: true,
      manageable: this.manageable,
      fills: this.fills,
      isKnownZone: (zone) => zone === 'west',
      projected: async () => true,
      clock,
      newId: randomUUID,
      defaults: { availabilityZone: 'nova', volumeType: '__DEFAULT__' },
      ...options.services,
    };
  }
}
