import { createHash } from 'node:crypto';
import { KeystoneError } from './keystone-error';
import type { KeystoneClient } from './keystone.client';
import { jsonOf } from './keystone.http';
import { readValidatedToken, type ValidatedToken } from './keystone.record';
import { LruMap } from './lru-map';

export interface TokenValidatorOptions {
  /** How long what Keystone said of a token is believed, in milliseconds (`token_cache_time`): a revoked one is let in so long. */
  readonly windowMs: number;
  /** How many tokens are remembered; as many again of those that are not valid. */
  readonly entriesMax: number;
  /** Told of every answer, for metrics. */
  readonly observe?: (outcome: ValidationOutcome) => void;
  /** Milliseconds since 1970, by which a token expires. */
  readonly now?: () => number;
  /** Milliseconds on a clock that is never set, by which the window ends. */
  readonly steady?: () => number;
}

/** `known`: answered from memory. */
export type ValidationOutcome = 'known' | 'valid' | 'invalid' | 'failed';

export interface ValidateOptions {
  /** A service speaks for the token's owner: one that has expired since the work began is still good (`allow_expired`). */
  readonly allowExpired?: boolean;
}

/** A token that Keystone did not know is not known a moment later. */
const invalidMs = 5_000;
/** So many tokens may wait for Keystone; who comes then is told that it is away. */
const waitingMax = 2_000;
/** What fits in a header, and is no token of Keystone's if it holds anything else. */
const wellFormed = /^[\x21-\x7e]{1,8192}$/;

/**
 * Knows whose token it is that somebody sent, by asking Keystone (`GET /v3/auth/tokens`). What it answered is believed until the window
 * or the token ends, by a key from which the token cannot be had again. While Keystone is away those tokens go on, and no others.
 */
export class TokenValidator {
  private readonly valid: LruMap<{ readonly token: ValidatedToken; readonly untilMs: number }>;
  private readonly invalid: LruMap<number>;
  private readonly asking = new Map<string, Promise<ValidatedToken | undefined>>();
  private readonly now: () => number;
  private readonly steady: () => number;

  constructor(
    private readonly keystone: Pick<KeystoneClient, 'get'>,
    private readonly options: TokenValidatorOptions,
  ) {
    this.valid = new LruMap(options.entriesMax);
    this.invalid = new LruMap(options.entriesMax);
    this.now = options.now ?? Date.now;
    this.steady = options.steady ?? (() => performance.now());
  }

  /** What the token stands for; undefined for one that is not valid, or has expired. Throws `KeystoneError`. */
  async validate(token: string, { allowExpired = false }: ValidateOptions = {}): Promise<ValidatedToken | undefined> {
    if (!wellFormed.test(token)) return undefined;
    const key = createHash('sha256').update(token).digest('base64');
    const known = this.valid.get(key);
    if (known && this.steady() < known.untilMs)
      return this.outcome('known', this.unlessExpired(known.token, allowExpired));
    const asked = allowExpired ? `${key} expired` : key;
    if ((this.invalid.get(asked) ?? 0) > this.steady()) return this.outcome('known', undefined);
    const running = this.asking.get(asked);
    if (running) return running;
    if (this.asking.size >= waitingMax) {
      throw new KeystoneError('away', `${waitingMax} tokens wait for Keystone already`);
    }
    const question = this.ask(token, { key, asked, allowExpired }).finally(() => this.asking.delete(asked));
    this.asking.set(asked, question);
    return question;
  }

  private async ask(
    token: string,
    { key, asked, allowExpired }: { key: string; asked: string; allowExpired: boolean },
  ) {
    const found = await this.lookUp(token, allowExpired).catch((error: unknown) => {
      this.outcome('failed', undefined);
      throw error;
    });
    const answer = found && this.unlessExpired(found, allowExpired);
    if (!found || !answer) {
      this.valid.delete(key);
      this.invalid.set(asked, this.steady() + invalidMs);
      return this.outcome('invalid', undefined);
    }
    if (this.options.windowMs > 0) {
      this.valid.set(key, { token: found, untilMs: this.steady() + this.options.windowMs });
    }
    return this.outcome('valid', answer);
  }

  private async lookUp(token: string, allowExpired: boolean): Promise<ValidatedToken | undefined> {
    const what = 'what a token stands for';
    const answer = await this.keystone.get(
      `/auth/tokens?nocatalog=1${allowExpired ? '&allow_expired=1' : ''}`,
      // Without the second, Keystone knows no token of an application credential with access rules.
      { 'x-subject-token': token, 'openstack-identity-access-rules': '1' },
      what,
    );
    const { status } = answer;
    if (status === 404) return undefined;
    if (status === 200) return readValidatedToken(jsonOf(answer, what));
    if (status === 401 || status === 403) {
      const detail = "the role 'service' is needed in the project of Hearth's own credentials";
      throw new KeystoneError('refused', `Keystone answered ${status} for ${what}: ${detail}`);
    }
    throw new KeystoneError('nonsense', `Keystone answered ${status} for ${what}`);
  }

  private unlessExpired(token: ValidatedToken, allowExpired: boolean): ValidatedToken | undefined {
    return allowExpired || this.now() < token.expiresAtMs ? token : undefined;
  }

  private outcome(outcome: ValidationOutcome, token: ValidatedToken | undefined): ValidatedToken | undefined {
    this.options.observe?.(outcome);
    return token;
  }
}
