// Whether the log still holds its end, only the api can tell: it has PostgreSQL, which keeps its own account. Everybody else asks, after
// every restart of the server, and before the first look. The answers come over NATS itself and are stored nowhere: what is stored there
// may be as old as the log.
import {
  logQuestionSubject,
  logSuspectSubject,
  logVerdictSchema,
  type LogQuestion,
  type LogVerdict,
} from '@hearth/contracts';
import type { LogGate } from '@hearth/event-sourcing';
import type { NatsConnection, Subscription } from 'nats';
import { Link } from './link';

export interface VerdictKeeperOptions {
  readonly connection: NatsConnection;
  readonly gate: LogGate;
  /** The app, and its host where there are several. */
  readonly who: string;
  readonly log: { info(message: string): void; warn(message: string): void };
  /**
   * An administrator has accepted a log without commits that this process may have in its memory: it has to end, and the next one starts
   * from what there is.
   */
  readonly onShortened: (reason: string) => void;
}

const answerTimeoutMs = 3_000;
/** Between two questions while nobody says that the log is sound: longer and longer. */
const askAgainMs = 250;
const askAgainMaxMs = 2_000;
/** Complaints about the same are logged once in so many questions. */
const complaintEvery = 20;

/** Opens and shuts a gate as the api says, and asks again until the log is sound. */
export class VerdictKeeper {
  private round = 0;
  /** The round of questions that goes on; 0: none. */
  private asking = 0;
  private epoch: number | undefined;
  private complaints = 0;
  private isClosed = false;
  /** Processes of the server, by its own ids, that were vouched for: one that never restarted has lost nothing. */
  private readonly vouchedServers = new Set<string>();
  private readonly subscription: Subscription;
  private readonly stops: (() => void)[];

  constructor(private readonly options: VerdictKeeperOptions) {
    const { connection, gate } = options;
    this.subscription = connection.subscribe(logSuspectSubject, {
      callback: (error, message) => {
        if (!error) this.hear(message.data);
      },
    });
    this.stops = [
      Link.of(connection).listen((change) => {
        if (change === 'lost') this.lost();
        if (change === 'restored') this.restored();
      }),
      // What the gate's own log finds out by itself is a question, too.
      gate.listen(({ status }) => {
        if (status === 'unverified' && this.asking === 0 && Link.of(connection).isUp) void this.ask();
      }),
    ];
    void this.ask();
  }

  close(): void {
    this.isClosed = true;
    this.round += 1;
    for (const stop of this.stops) stop();
    if (!this.options.connection.isClosed()) this.subscription.unsubscribe();
  }

  private lost(): void {
    this.round += 1;
    this.asking = 0;
    this.options.gate.shut('unverified', 'the connection to NATS was lost');
  }

  private restored(): void {
    const { connection, gate } = this.options;
    if (this.vouchedServers.has(serverOf(connection))) gate.open();
    void this.ask();
  }

  /** Somebody tells that the log is suspect. Only an answer to a question of our own opens the gate again. */
  private hear(data: Uint8Array): void {
    const verdict = parseVerdict(data);
    if (verdict?.status !== 'suspect') return;
    this.vouchedServers.clear();
    if (this.options.gate.isOpen) void this.ask(verdict);
  }

  /** A later round takes the place of one that goes on. */
  private async ask(told?: LogVerdict): Promise<void> {
    const round = (this.asking = this.round += 1);
    const isOver = () => round !== this.round || this.isClosed;
    let verdict = told;
    for (let waitMs = askAgainMs; !isOver() && verdict?.status !== 'sound'; waitMs = longer(waitMs)) {
      if (verdict) this.heed(verdict);
      if (verdict) await pause(waitMs);
      if (!isOver()) verdict = await this.request();
    }
    if (this.asking === round) this.asking = 0;
    if (verdict && !isOver()) this.heed(verdict);
  }

  private async request(): Promise<LogVerdict> {
    const { connection, gate, who } = this.options;
    const question: LogQuestion = { who, epoch: this.epoch, newest: gate.newest };
    const unanswered = (reason: string): LogVerdict => ({ status: 'checking', epoch: this.epoch ?? 0, reason });
    try {
      const answer = await connection.request(logQuestionSubject, JSON.stringify(question), {
        timeout: answerTimeoutMs,
      });
      return parseVerdict(answer.data) ?? unanswered('what the api says of the log cannot be read');
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return unanswered(`no api says whether the log has lost its end (${why}): start one, or look at its health`);
    }
  }

  private heed({ status, epoch, reason }: LogVerdict): void {
    const { connection, gate, log, onShortened } = this.options;
    if (status === 'sound') {
      if (this.epoch !== undefined && epoch !== this.epoch) {
        gate.shut('unverified', 'the log was accepted as it is, without commits that this process knows');
        this.close();
        return onShortened('the log was accepted without commits that this process may know: it has to start anew');
      }
      this.epoch = epoch;
      this.vouchedServers.add(serverOf(connection));
      if (!gate.isOpen && this.complaints > 0) log.info('the log holds all that was seen of it: work goes on');
      this.complaints = 0;
      return gate.open();
    }
    if (status === 'suspect' || !gate.isOpen) {
      // That a log is suspect is news, whatever was complained of before.
      if (status !== gate.state.status && status === 'suspect') this.complaints = 0;
      if (this.complaints % complaintEvery === 0) log.warn(`nothing is done: ${reason}`);
      this.complaints += 1;
      gate.shut(status === 'suspect' ? 'suspect' : 'unverified', reason);
    }
  }
}

function parseVerdict(data: Uint8Array): LogVerdict | undefined {
  try {
    return logVerdictSchema.safeParse(JSON.parse(new TextDecoder().decode(data))).data;
  } catch {
    return undefined;
  }
}

/** A new one at each start of the server. */
const serverOf = (connection: NatsConnection) => connection.info?.server_id ?? '';

const longer = (waitMs: number) => Math.min(2 * waitMs, askAgainMaxMs);
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms).unref());
