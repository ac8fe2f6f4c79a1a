// An api's part of looking after the log, with its tables, and an app that asks it: over real servers whose store a test takes apart.
import { type VolumeCommand, volumeDecider } from '@hearth/domain';
import { exampleRequest } from '@hearth/domain/testing';
import { type LogGate, runCommand, wasRefused } from '@hearth/event-sourcing';
import { type Broker, JetStreamLogTail, Link, openBroker } from '@hearth/event-store-nats';
import type { VolumeId } from '@hearth/kernel';
import { createLog } from '@hearth/platform';
import { Database, migrate, ProjectionPosition, runProjector } from '@hearth/read-model';
import { temporaryDirectory } from '@hearth/testing';
import { throwAwayNats, type ThrowAwayNats, throwAwayPostgres } from '@hearth/testing/servers';
import { randomUUID } from 'node:crypto';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { answerLogQuestions, tellSuspicion } from '../log-watch/answer-questions';
import { logAccountIn } from '../log-watch/log-account';
import { LogWatch } from '../log-watch/log-watch';

const log = createLog({ name: 'log-house', format: 'json', write: () => undefined });

/** A process that reaches the log through a gate. */
export interface Resident {
  readonly broker: Broker;
  readonly gate: LogGate;
  /** What it heard when the log was accepted in spite of a loss. */
  readonly endings: string[];
  /** What it complained of. */
  readonly complaints: string[];
  close(): Promise<void>;
}

export interface ResidentApi extends Resident {
  readonly position: ProjectionPosition;
  readonly watch: LogWatch;
  /** Ends the projector alone: the tables stay where they are. */
  stopProjecting(): Promise<void>;
}

export class LogHouse {
  private readonly residents: Resident[] = [];

  static async open(): Promise<LogHouse> {
    const [nats, postgres] = await Promise.all([throwAwayNats(), throwAwayPostgres()]);
    await migrate({ url: postgres.url });
    return new LogHouse(nats, postgres.url, new Database({ url: postgres.url }), () => postgres.stop());
  }

  private constructor(
    readonly nats: ThrowAwayNats,
    readonly databaseUrl: string,
    readonly database: Database,
    private readonly stopPostgres: () => Promise<void>,
  ) {}

  async close(): Promise<void> {
    await Promise.all(this.residents.map((resident) => resident.close()));
    await this.database.close();
    await Promise.all([this.nats.stop(), this.stopPostgres()]);
  }

  /** What an api's process does for the log. */
  async api(): Promise<ResidentApi> {
    const { complaints, hearing } = heard();
    const broker = await this.broker({ by: 'own' }, 'api', hearing);
    const { connection, gate } = broker;
    const endings: string[] = [];
    const watch = new LogWatch({
      tail: await JetStreamLogTail.open(connection),
      account: logAccountIn(this.database),
      ...{ gate, log, who: 'api@test', intervalMs: 200, confirmMs: 20 },
      tell: tellSuspicion(connection),
      onShortened: (reason) => endings.push(reason),
    });
    Link.of(connection).listen((change) => {
      if (change === 'lost') watch.lost();
      if (change === 'restored') void watch.look();
    });
    answerLogQuestions(connection, watch, log);
    watch.start();
    const position = new ProjectionPosition();
    const stopped = new AbortController();
    const projected = runProjector({
      ...{ store: broker.store, database: { url: this.databaseUrl }, position, signal: stopped.signal },
    });
    const stopProjecting = async () => {
      stopped.abort();
      await projected;
    };
    const close = once(async () => {
      await stopProjecting();
      await watch.stop();
      await broker.close();
    });
    return this.taken({ broker, gate, endings, complaints, position, watch, stopProjecting, close });
  }

  /** An app that has no tables and asks; resolves when it was let through. */
  async worker(name = 'worker'): Promise<Resident> {
    const { complaints, hearing } = heard();
    const endings: string[] = [];
    const onShortened = (reason: string) => void endings.push(reason);
    const broker = await this.broker({ by: 'api', onShortened }, name, hearing);
    return this.taken({ broker, gate: broker.gate, endings, complaints, close: once(() => broker.close()) });
  }

  /** Somebody who looks at nothing before it writes. */
  reckless(): Promise<Broker> {
    return this.broker(undefined, 'reckless', heard().hearing);
  }

  /** A copy of what NATS has on disk now, taken as after a crash; the returned function puts it in the place of what is there then. */
  async copyStore(): Promise<{ putBack(): Promise<void>; forget(): Promise<void> }> {
    const kept = await temporaryDirectory('hearth-store-');
    const { storeDirectory } = this.nats;
    await this.nats.kill();
    await cp(storeDirectory, join(kept.path, 'jetstream'), { recursive: true });
    await this.nats.restart();
    return {
      putBack: async () => {
        await this.nats.kill();
        await rm(storeDirectory, { recursive: true });
        await cp(join(kept.path, 'jetstream'), storeDirectory, { recursive: true });
        await this.nats.restart();
      },
      forget: () => kept.remove(),
    };
  }

  private broker(vouching: Parameters<typeof openBroker>[1]['vouching'], name: string, hearing: Hearing) {
    return openBroker({ natsUrl: [this.nats.url] }, { name, vouching, log: hearing });
  }

  private taken<R extends Resident>(resident: R): R {
    this.residents.push(resident);
    return resident;
  }
}

interface Hearing {
  info(message: string): void;
  warn(message: string): void;
}

function heard() {
  const complaints: string[] = [];
  const hearing: Hearing = { info: () => undefined, warn: (line) => void complaints.push(line) };
  return { complaints, hearing };
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}

/** Requests a blank volume through a process's gate; returns its id and the position of its commit. Throws as the log does. */
export async function requestVolume({ broker }: Pick<Resident, 'broker'>): Promise<{ id: string; sequence: number }> {
  const volumeId = randomUUID() as VolumeId;
  const request = { ...exampleRequest, volumeId, image: null };
  const environment = { store: broker.store, newId: randomUUID, now: () => new Date().toISOString() };
  const command: VolumeCommand = { do: 'RequestVolume', request };
  const answer = await runCommand(environment, volumeDecider, { category: 'volume', id: volumeId }, command);
  if (wasRefused(answer)) throw new Error(answer.refused);
  return { id: volumeId, sequence: answer.sequence };
}
