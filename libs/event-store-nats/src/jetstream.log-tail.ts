import { jetstream } from '@hearth/contracts';
import { type LogBounds, type LogMessage, LogMissingError, type LogTail } from '@hearth/event-sourcing';
import type { JetStreamManager, NatsConnection } from 'nats';
import { apiCodeOf, apiCodes, unavailable } from './broker-errors';
import { Link } from './link';
import { passedOver } from './sent-as-commit';
import { StreamMessages } from './stream-messages';

const { stream: factsStream } = jetstream.facts;

/** The log as its leader has it, gate or no gate: for who has to find out what it holds. */
export class JetStreamLogTail implements LogTail {
  private readonly messages: StreamMessages;

  /** `timeoutMs` bounds one exchange with the broker; 2,000 unless told. */
  static async open(connection: NatsConnection, timeoutMs = 2_000): Promise<JetStreamLogTail> {
    const manager = await connection.jetstreamManager({ checkAPI: false, timeout: timeoutMs });
    return new JetStreamLogTail(connection, manager, timeoutMs);
  }

  private constructor(
    private readonly connection: NatsConnection,
    private readonly manager: JetStreamManager,
    private readonly timeoutMs: number,
  ) {
    this.messages = new StreamMessages(connection, manager, factsStream, { direct: false, timeoutMs });
  }

  async bounds(): Promise<LogBounds> {
    const what = `cannot ask for the ends of the log ${factsStream}`;
    try {
      const { state } = await Link.of(this.connection).use(what, this.timeoutMs, () =>
        this.manager.streams.info(factsStream),
      );
      return { last: state.last_seq, gone: Math.max(0, state.last_seq - state.messages) };
    } catch (error) {
      throw isMissing(error) ? new LogMissingError(factsStream) : unavailable(what, error);
    }
  }

  async at(sequence: number): Promise<LogMessage | undefined> {
    try {
      const message = await this.messages.at(sequence);
      if (!message) return undefined;
      const { subject, data, isSentAsCommit: isCommit } = message;
      return { sequence, subject, bytes: data, commitId: isCommit ? idIn(data) : passedOver(sequence) };
    } catch (error) {
      throw error instanceof Error && isMissing(error.cause) ? new LogMissingError(factsStream) : error;
    }
  }
}

const isMissing = (error: unknown) => apiCodeOf(error) === apiCodes.streamNotFound;

/** The id alone: every release wrote it at the same place. Empty where there is none. */
function idIn(bytes: Uint8Array): string {
  try {
    const { id } = JSON.parse(new TextDecoder().decode(bytes)) as { id?: unknown };
    return typeof id === 'string' ? id : '';
  } catch {
    return '';
  }
}
