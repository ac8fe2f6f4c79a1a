import type { Msg, MsgHdrs, NatsConnection } from 'nats';

/** One delivery of a stored message, and the answers the broker understands. */
export class Delivery {
  /** Position in the JetStream stream. */
  readonly sequence: number;
  /** When the stream stored it: nanoseconds since 1970, as digits. */
  readonly storedAtNanos: string;
  /** 1 at first, rising with every redelivery. */
  readonly deliveryCount: number;
  private answered = false;

  constructor(
    private readonly nc: NatsConnection,
    private readonly message: Msg,
  ) {
    const place = parseAckSubject(message.reply ?? '');
    this.sequence = place.sequence;
    this.storedAtNanos = place.storedAtNanos;
    this.deliveryCount = place.deliveryCount;
  }

  get subject(): string {
    return this.message.subject;
  }

  get data(): Uint8Array {
    return this.message.data;
  }

  get headers(): MsgHdrs | undefined {
    return this.message.headers;
  }

  header(name: string): string | undefined {
    return this.message.headers?.get(name) || undefined;
  }

  /** Done. */
  ack(): void {
    this.answer('+ACK');
  }

  /** Done; resolves when the broker has noted it. Rejects when no confirmation came: ask again, or a redelivery may follow. */
  async ackConfirmed(timeoutMs: number): Promise<void> {
    if (this.answered) return;
    await this.nc.request(this.message.reply!, '+ACK', { timeout: timeoutMs });
    this.answered = true;
  }

  /** Not done: deliver again, at once or after a delay. */
  nak(delayMs = 0): void {
    this.answer(delayMs > 0 ? `-NAK ${JSON.stringify({ delay: Math.round(delayMs * 1e6) })}` : '-NAK');
  }

  /** Never deliver again. */
  term(): void {
    this.answer('+TERM');
  }

  /** Still at it: the broker's wait begins anew. */
  progress(): void {
    if (!this.answered && !this.nc.isClosed()) this.nc.publish(this.message.reply!, '+WPI');
  }

  private answer(body: string): void {
    if (this.answered) return;
    this.answered = true;
    // On a closed connection nobody can be told; the broker delivers again when its wait is over.
    if (!this.nc.isClosed()) this.nc.publish(this.message.reply!, body);
  }
}

/**
 * `$JS.ACK.<stream>.<consumer>.<deliveries>.<stream sequence>.<consumer sequence>.<time>.<pending>`; newer servers put
 * a domain and an account before the stream and may add a token at the end.
 */
export function parseAckSubject(subject: string): Pick<Delivery, 'sequence' | 'storedAtNanos' | 'deliveryCount'> {
  const tokens = subject.split('.');
  const first = tokens.length === 9 ? 4 : 6;
  const deliveryCount = Number(tokens[first]);
  const sequence = Number(tokens[first + 1]);
  if (tokens[0] !== '$JS' || tokens[1] !== 'ACK' || !Number.isInteger(sequence) || !Number.isInteger(deliveryCount)) {
    throw new Error(`'${subject}' is not the reply subject of a JetStream delivery`);
  }
  return { sequence, storedAtNanos: tokens[first + 3] ?? '', deliveryCount };
}
