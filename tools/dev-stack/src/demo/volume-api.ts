// The few calls of the Cinder v3 API that the demonstration, the bench and the end-to-end tests make.
import { eventually } from '@hearth/testing';

/** A volume as the API shows it, as far as it is looked at here. */
export interface ShownVolume {
  readonly id: string;
  readonly status: string;
  readonly size: number;
  readonly bootable: string;
  readonly name: string | null;
}

/** What a create asks for; the body of Cinder's `volume`. */
export interface VolumeAsked {
  readonly name?: string;
  readonly size?: unknown;
  readonly imageRef?: string;
  readonly [key: string]: unknown;
}

/** An answer of the API that is no success. */
export class ApiRefusal extends Error {
  constructor(
    readonly method: string,
    readonly path: string,
    readonly status: number,
    readonly body: string,
    readonly headers: Headers,
  ) {
    super(`${method} ${path} was answered with ${status}: ${body.slice(0, 500)}`);
    this.name = 'ApiRefusal';
  }
}

/** A caller of one project, in the development mode. */
export class VolumeApi {
  constructor(
    readonly url: string,
    readonly projectId: string,
    readonly token: string,
    /** How long one answer may take, milliseconds. */
    private readonly timeoutMs = 30_000,
  ) {}

  create(asked: VolumeAsked, headers: Record<string, string> = {}): Promise<ShownVolume> {
    return this.#volume('POST', '/volumes', { body: { volume: asked }, headers });
  }

  show(id: string): Promise<ShownVolume> {
    return this.#volume('GET', `/volumes/${id}`);
  }

  async delete(id: string): Promise<void> {
    await this.call('DELETE', `/volumes/${id}`);
  }

  /** What became of a create: it waits until nothing more is under way. */
  async settled(id: string, { timeoutMs: waitMs = 60_000 } = {}): Promise<ShownVolume> {
    const look = async () => {
      const volume = await this.show(id);
      return volume.status === 'available' || volume.status.startsWith('error') ? volume : undefined;
    };
    return eventually(look, { timeoutMs: waitMs, intervalMs: 50, what: `an end of the create of volume ${id}` });
  }

  async isGone(id: string): Promise<boolean> {
    const answer = await this.send('GET', `/volumes/${id}`);
    await answer.arrayBuffer();
    return answer.status === 404;
  }

  async explain(id: string): Promise<Explanation> {
    const { explanation } = (await this.call('GET', `/volumes/${id}/explain`)) as { explanation: Explanation };
    return explanation;
  }

  /** The body of a success; `ApiRefusal` otherwise. */
  async call(method: string, path: string, sent: Sent = {}): Promise<unknown> {
    const answer = await this.send(method, path, sent);
    const text = await answer.text();
    if (!answer.ok) throw new ApiRefusal(method, path, answer.status, text, answer.headers);
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  }

  send(method: string, path: string, { body, headers }: Sent = {}): Promise<Response> {
    return fetch(`${this.url}/v3/${this.projectId}${path}`, {
      method,
      headers: { 'x-auth-token': this.token, 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(this.timeoutMs),
    });
  }

  async #volume(method: string, path: string, sent?: Sent): Promise<ShownVolume> {
    return ((await this.call(method, path, sent)) as { volume: ShownVolume }).volume;
  }
}

interface Sent {
  /** A text is sent as it is. */
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/** How a volume came to be, as far as it is looked at here. */
export interface Explanation {
  readonly status: string;
  readonly sentence: string;
  readonly decision: {
    readonly outcome: string;
    readonly strategy: string;
    readonly reason: string;
    readonly clone_method: string | null;
    readonly bytes_downloaded: number;
    readonly source: { readonly kind: string } | null;
    readonly bytes_written: number;
  } | null;
  readonly failure: { readonly code: string; readonly reason: string } | null;
}
