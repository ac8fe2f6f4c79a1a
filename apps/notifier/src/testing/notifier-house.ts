import { eventSubject, type ImageCacheEvent, jetstream, type VolumeEvent } from '@hearth/contracts';
import { cachePool, exampleRequest, placed, provisioned, requested } from '@hearth/domain/testing';
import { type Broker, openBroker } from '@hearth/event-store-nats';
import type { EventStore } from '@hearth/event-sourcing';
import type { VolumeId } from '@hearth/kernel';
import { createLog } from '@hearth/platform';
import { eventually } from '@hearth/testing';
import { throwAwayNats, type ThrowAwayNats } from '@hearth/testing/servers';
import { connect, type NatsConnection } from 'nats';
import { randomUUID } from 'node:crypto';
import { Notifier } from '../notifier';
import { EventStream } from '../publish/event-stream';
import { LiveEvents } from '../publish/live-events';
import { placeHeaders } from '../publish/outward-event';

const log = createLog({ name: 'test', level: 'fatal', format: 'json' });

type Events = Pick<EventStream, 'end' | 'publish'>;

/** A notifier that runs, and the broker as it sees it. */
export interface RunningNotifier {
  readonly notifier: Notifier;
  readonly own: Broker;
}

/** An event as it is stored. */
export interface Seen {
  readonly type: string;
  readonly id: string;
  readonly place: string;
  readonly data: Record<string, unknown>;
}

/** That somebody asked for the volume. */
export const asked = (id: string) => requested({ ...exampleRequest, volumeId: id as VolumeId });

/** Positions in the log rise, and no event is there twice. */
export function expectOrderOnce(seen: readonly Seen[]): void {
  expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
  const order = seen.map(({ place }) => place.split('/').map(Number) as [number, number]);
  expect(order).toEqual([...order].sort((one, other) => one[0] - other[0] || one[1] - other[1]));
}

/** A log in which things happen, notifiers that tell of it, and somebody outside who listens. */
export class NotifierHouse {
  private readonly running: RunningNotifier[] = [];
  private readonly positions = new Map<string, number>();
  private constructor(
    readonly server: ThrowAwayNats,
    readonly broker: Broker,
    readonly outsider: NatsConnection,
  ) {}

  static async open(): Promise<NotifierHouse> {
    const server = await throwAwayNats();
    const broker = await openBroker({ natsUrl: [server.url] }, { name: 'test', log });
    const outsider = await connect({
      servers: server.url,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 50,
      reconnectJitter: 10,
    });
    return new NotifierHouse(server, broker, outsider);
  }

  async close(): Promise<void> {
    await this.stopAll();
    await this.outsider.close();
    await this.broker.close();
    await this.server.stop();
  }

  /** Starts one more notifier; `wrap` stands between it and the stream of events. */
  async start({ wrap = (events: Events): Events => events } = {}): Promise<RunningNotifier> {
    const own = await openBroker({ natsUrl: [this.server.url] }, { name: 'notifier', log });
    const { store, snapshots, progress } = own;
    const notifier = new Notifier({
      ...{ store, snapshots, progress, log },
      events: wrap(await EventStream.open(own.connection)),
      liveEvents: new LiveEvents(own.connection),
      source: 'test',
      volumesKnownMax: 3,
      standbyIntervalMs: 100,
    });
    notifier.start();
    const one = { notifier, own };
    this.running.push(one);
    return one;
  }

  /** Starts one and waits until it has told so many events. */
  async startAndTell(events: number): Promise<RunningNotifier> {
    const one = await this.start();
    for (let count = 0; count < events / 2; count += 1) await this.lifeOf(randomUUID());
    await this.untilStored(events);
    return one;
  }

  async stop(one: RunningNotifier): Promise<void> {
    await one.notifier.close();
    await one.own.close();
    this.running.splice(0, this.running.length, ...this.running.filter((other) => other !== one));
  }

  async stopAll(): Promise<void> {
    for (const one of [...this.running]) await this.stop(one);
  }

  inVolume(id: string, ...events: VolumeEvent[]): Promise<void> {
    return this.happen({ category: 'volume', id }, ...events);
  }

  inPool(...events: ImageCacheEvent[]): Promise<void> {
    return this.happen({ category: 'image-cache', id: cachePool }, ...events);
  }

  /** Two events: a volume is asked for, and is there. */
  lifeOf(id: string): Promise<void> {
    return this.inVolume(id, asked(id), placed(), provisioned());
  }

  /** The whole stream of events as it is stored. */
  async stored(): Promise<Seen[]> {
    const manager = await this.outsider.jetstreamManager();
    const { state } = await manager.streams.info(jetstream.events.stream);
    const seen: Seen[] = [];
    for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
      const { header, subject, data } = await manager.streams.getMessage(jetstream.events.stream, { seq });
      if (!header?.has('ce-id')) continue;
      const place = `${header.get(placeHeaders.fact)}/${header.get(placeHeaders.notice)}`;
      const type = header.get('ce-type');
      if (subject !== eventSubject(type)) throw new Error(`${type} went out on ${subject}`);
      seen.push({ type, id: header.get('ce-id'), place, data: JSON.parse(new TextDecoder().decode(data)) });
    }
    return seen;
  }

  untilStored(count: number): Promise<Seen[]> {
    return eventually(async () => ((await this.stored()).length >= count ? this.stored() : undefined), {
      what: `${count} events are out`,
    });
  }

  private async happen(
    stream: Parameters<EventStore['append']>[0],
    ...events: readonly (VolumeEvent | ImageCacheEvent)[]
  ): Promise<void> {
    const { positions } = this;
    for (const event of events) {
      const commit = {
        id: randomUUID(),
        recordedAt: new Date().toISOString(),
        correlationId: 'req-7',
        events: [event],
      };
      const result = await this.broker.store.append(stream, positions.get(stream.id) ?? 0, commit);
      if (result.status !== 'appended') throw new Error('the test appends alone');
      positions.set(stream.id, result.sequence);
    }
  }
}
