import { PoisonMessageError } from './poison-message-error';

/** Where a new durable consumer begins in its stream. It cannot be changed once the durable exists. */
export type DeliverFrom = 'all' | 'new' | 'last-per-subject';

/** One durable pull consumer and the pattern (`@EventPattern('…')`) of the method that handles its messages. */
export interface ConsumerSpec {
  readonly pattern: string;
  /** The JetStream stream; it must exist. */
  readonly stream: string;
  /** The durable's name. Processes that name the same one share its messages. */
  readonly durable: string;
  /** One subject, wildcards allowed; everything in the stream when left out. */
  readonly filterSubject?: string;
  /** `all` unless told. A durable that was deleted behind our back is made again and begins here once more. */
  readonly deliverFrom?: DeliverFrom;
  /** Messages handled at once by this process; 1 unless told, which keeps the stream's order. */
  readonly concurrency?: number;
  /**
   * How long the broker waits for a sign of life before it delivers to somebody else; 30,000 unless told. A handler that runs
   * longer is reported alive every third of it.
   */
  readonly ackWaitMs?: number;
  /**
   * Deliveries of one message at the most, then it is given up, loudly; 0, the default, never gives up. Deliveries cut short by a
   * shutdown count.
   */
  readonly deliveriesMax?: number;
  /**
   * Unfinished messages of the whole consumer, those that wait for a retry included; 1,000 unless told. Keep it far above the
   * concurrency, or a few failing messages stop all others.
   */
  readonly unfinishedMax?: number;
  /** Wait before the n-th retry; the last one repeats. */
  readonly retryDelaysMs?: readonly number[];
  /** Waits until the broker has confirmed an acknowledgement; false unless told. */
  readonly confirmAcks?: boolean;
  /** Bytes → what the handler gets; JSON unless told. An exception makes the message poison. */
  readonly decode?: (bytes: Uint8Array, subject: string) => unknown;
}

export type CompleteSpec = Required<Omit<ConsumerSpec, 'filterSubject'>> & Pick<ConsumerSpec, 'filterSubject'>;

const defaults: Omit<CompleteSpec, 'pattern' | 'stream' | 'durable' | 'filterSubject'> = {
  deliverFrom: 'all',
  concurrency: 1,
  ackWaitMs: 30_000,
  deliveriesMax: 0,
  unfinishedMax: 1_000,
  retryDelaysMs: [100, 500, 2_000, 5_000, 15_000, 30_000],
  confirmAcks: false,
  decode: decodeJson,
};

/** The specification with its defaults filled in. Throws when a name or a bound cannot be. */
export function completeSpec(spec: ConsumerSpec): CompleteSpec {
  const given = Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined)) as typeof spec;
  const complete = { ...defaults, ...given } as CompleteSpec;
  const problems = problemsOf(complete);
  if (problems.length > 0) throw new Error(`consumer '${spec.durable}': ${problems.join('; ')}`);
  return complete;
}

function* checks(spec: CompleteSpec): Generator<string | false> {
  yield !/^[^\s.*>/\\]+$/.test(spec.durable) && 'a durable name holds no dot, wildcard, slash or space';
  yield !/^[^\s.*>/\\]+$/.test(spec.stream) && `'${spec.stream}' is no name of a JetStream stream`;
  for (const bound of ['concurrency', 'unfinishedMax', 'ackWaitMs'] as const) {
    yield (
      !(Number.isInteger(spec[bound]) && spec[bound] >= 1) && `${bound} is a whole number from 1, not ${spec[bound]}`
    );
  }
  yield !(Number.isInteger(spec.deliveriesMax) && spec.deliveriesMax >= 0) && 'deliveriesMax is 0 or more';
  yield spec.unfinishedMax < spec.concurrency && 'unfinishedMax is not below concurrency';
  yield spec.retryDelaysMs.length === 0 && 'retryDelaysMs names at least one delay';
}

const problemsOf = (spec: CompleteSpec): string[] => [...checks(spec)].filter((problem) => problem !== false);

/** JSON, or undefined for a message without a body (a nudge whose subject says it all). */
export function decodeJson(bytes: Uint8Array, subject: string): unknown {
  if (bytes.length === 0) return undefined;
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch (cause) {
    throw new PoisonMessageError(`the message on ${subject} is not JSON`, { cause });
  }
}
