import { endpointsOf, type EndpointChoice, type EndpointInterface } from './catalogue';
import { KeystoneError } from './keystone-error';
import { jsonOf, type KeystoneAnswer, KeystoneHttp, type KeystoneHttpOptions } from './keystone.http';
import { type CatalogueService, readIssuedToken } from './keystone.record';
import { authRequest, type ServiceCredentials } from './service-credentials';

export interface KeystoneOptions extends KeystoneHttpOptions {
  readonly credentials: ServiceCredentials;
  /** Undefined: the only one that a service has. */
  readonly region?: string;
  /** `internal` unless told. */
  readonly interface?: EndpointInterface;
  /** Milliseconds on a clock that only goes forward. */
  readonly now?: () => number;
}

/** A token of ours, with what came with it. Times are those of `now`. */
interface OwnToken {
  readonly text: string;
  readonly catalogue: readonly CatalogueService[];
  readonly obtainedMs: number;
  /** From here on another one is asked for, while this one still serves. */
  readonly renewMs: number;
  /** From here on it does not serve. */
  readonly endMs: number;
}

/** A token that would end on its way to who asks for it is as good as none. */
const marginMs = 10_000;
const renewEarlyMsMax = 600_000;
/** Keystone locks users out whose password is wrong too often. */
const refusedWaitMs = 10_000;
const awayWaitMs = 1_000;
/** A service that is not in the catalogue may have been registered since. */
const catalogueAgeMsMin = 10_000;

/**
 * Hearth's own identity at Keystone: a token by its credentials, renewed before it ends, or when somebody refuses it; and the catalogue
 * that came with it. However many ask at once, Keystone is asked once. How long a token is good is told by Keystone's clock alone.
 */
export class KeystoneClient {
  private readonly http: KeystoneHttp;
  private readonly now: () => number;
  private own: OwnToken | undefined;
  private renewing: Promise<OwnToken> | undefined;
  private failure: { readonly error: unknown; readonly untilMs: number } | undefined;

  /** Asks nothing yet. Throws when the URL is none. */
  constructor(private readonly options: KeystoneOptions) {
    this.http = new KeystoneHttp(options);
    this.now = options.now ?? (() => performance.now());
  }

  /** A token; another one than `refused`, which was answered with 401. Throws `KeystoneError`. */
  async token(refused?: string): Promise<string> {
    return (await this.ownToken(refused)).text;
  }

  /** Where a service is, by its type in the catalogue (`image`, `key-manager`): one URL, rarely several. Throws `KeystoneError`. */
  async endpoints(type: string): Promise<readonly string[]> {
    const own = await this.ownToken();
    try {
      return endpointsOf(own.catalogue, type, this.choice());
    } catch (error) {
      if (this.now() - own.obtainedMs < catalogueAgeMsMin) throw error;
      const { catalogue } = await this.renew();
      return endpointsOf(catalogue, type, this.choice());
    }
  }

  /** A question as ourselves; once more with a new token where ours is not taken. Throws `KeystoneError`. */
  async get(path: string, headers: Readonly<Record<string, string>>, what: string): Promise<KeystoneAnswer> {
    const ask = (token: string) =>
      this.http.ask({ method: 'GET', path, headers: { ...headers, 'x-auth-token': token }, what });
    const token = await this.token();
    const answer = await ask(token);
    return answer.status === 401 ? ask(await this.token(token)) : answer;
  }

  /** Ends every connection. */
  close(): Promise<void> {
    return this.http.close();
  }

  private choice(): EndpointChoice {
    return { interface: this.options.interface ?? 'internal', region: this.options.region };
  }

  private async ownToken(refused?: string): Promise<OwnToken> {
    if (refused !== undefined && this.own?.text === refused) this.own = undefined;
    const { own } = this;
    const now = this.now();
    if (!own || now >= own.endMs) return this.renew();
    // Whoever asks meanwhile does not wait: the old one serves, also when Keystone is away.
    if (now >= own.renewMs) this.renew().catch(() => undefined);
    return own;
  }

  private async renew(): Promise<OwnToken> {
    const { failure } = this;
    if (failure && this.now() < failure.untilMs) throw failure.error;
    this.renewing ??= this.obtain().finally(() => (this.renewing = undefined));
    return this.renewing;
  }

  private async obtain(): Promise<OwnToken> {
    try {
      this.own = await this.issue();
      this.failure = undefined;
      return this.own;
    } catch (error) {
      const isAway = error instanceof KeystoneError && error.problem === 'away';
      this.failure = { error, untilMs: this.now() + (isAway ? awayWaitMs : refusedWaitMs) };
      throw error;
    }
  }

  private async issue(): Promise<OwnToken> {
    const what = "a token by Hearth's own credentials";
    const body = authRequest(this.options.credentials);
    const obtainedMs = this.now();
    const answer = await this.http.ask({ method: 'POST', path: '/auth/tokens', headers: {}, body, what });
    const { status, subjectToken: text } = answer;
    if (status === 401 || status === 403) {
      throw new KeystoneError('refused', `Keystone at ${this.http.host} answered ${status} for ${what}`);
    }
    if (status !== 201 || text === undefined) {
      const missing = status === 201 ? ' without one' : '';
      throw new KeystoneError('nonsense', `Keystone at ${this.http.host} answered ${status}${missing} for ${what}`);
    }
    const { lifetimeMs, catalogue } = readIssuedToken(jsonOf(answer, what));
    const early = Math.min(renewEarlyMsMax, lifetimeMs / 4);
    return {
      ...{ text, catalogue, obtainedMs },
      renewMs: obtainedMs + lifetimeMs - early,
      endMs: obtainedMs + lifetimeMs - Math.min(marginMs, lifetimeMs / 8),
    };
  }
}
