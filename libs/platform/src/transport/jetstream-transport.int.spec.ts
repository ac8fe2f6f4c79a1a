import { eventually } from '@hearth/testing';
import { throwAwayNats, type ThrowAwayNats } from '@hearth/testing/servers';
import { Controller, type INestMicroservice, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import {
  AckPolicy,
  connect,
  type ConsumerInfo,
  headers,
  type JetStreamManager,
  nanos,
  type NatsConnection,
} from 'nats';
import { createLog } from '../logging/create-log';
import type { ConsumerSpec } from './consumer-spec';
import { JetStreamTransport } from './jetstream-transport';
import { JetStreamMessageContext } from './message-context';
import { PassErrorsFilter } from './pass-errors.filter';
import { PoisonMessageError } from './poison-message-error';

type Handle = (data: unknown, context: JetStreamMessageContext) => Promise<void>;

const lines: string[] = [];
const log = createLog({ name: 'test', level: 'debug', format: 'json', write: (line) => void lines.push(line) });
const gate = () => {
  let open!: () => void;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { open, passed };
};

describe('the JetStream transport', () => {
  let server: ThrowAwayNats;
  let nc: NatsConnection;
  let jsm: JetStreamManager;
  const apps: INestMicroservice[] = [];
  let stream = '';
  let tests = 0;

  beforeAll(async () => {
    server = await throwAwayNats();
    nc = await connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 50, reconnectJitter: 10 });
    jsm = await nc.jetstreamManager();
  });

  beforeEach(async () => {
    stream = `S${(tests += 1)}`;
    lines.length = 0;
    await jsm.streams.add({ name: stream, subjects: [`${stream}.>`] });
  });

  afterEach(async () => {
    await Promise.all(apps.splice(0).map((app) => app.close()));
  });

  afterAll(async () => {
    await nc.close();
    await server.stop();
  });

  async function listen(handle: Handle, spec: Partial<ConsumerSpec> = {}, shutdownTimeoutMs?: number) {
    @Controller()
    class Things {
      @EventPattern('things')
      async on(@Payload() data: unknown, @Ctx() context: JetStreamMessageContext): Promise<void> {
        await handle(data, context);
      }
    }
    @Module({ controllers: [Things] })
    class ThingsModule {}

    const consumer = { pattern: 'things', stream, durable: 'things', retryDelaysMs: [50], ...spec };
    const strategy = new JetStreamTransport({ connection: nc, consumers: [consumer], log, shutdownTimeoutMs });
    const app = await NestFactory.createMicroservice(ThingsModule, { strategy, logger: false, abortOnError: false });
    app.useGlobalFilters(new PassErrorsFilter());
    apps.push(app);
    await app.listen();
    return { app, strategy };
  }

  const problemOf = (strategy: JetStreamTransport): string => {
    try {
      return String(strategy.check() && '');
    } catch (error) {
      return String(error);
    }
  };

  const publish = (name: string, data: unknown = { name }) =>
    nc.jetstream().publish(`${stream}.${name}`, JSON.stringify(data));

  /** The broker's own view of our durable. */
  const durable = (): Promise<ConsumerInfo> => jsm.consumers.info(stream, 'things');

  const settled = (count: number) =>
    eventually(async () => {
      const { num_ack_pending, ack_floor, num_pending } = await durable();
      return num_ack_pending === 0 && num_pending === 0 && ack_floor.stream_seq === count;
    });

  /** Resolves when the broker has let an unanswered message of its own run out of time `times` times. */
  async function brokerRanOutOfPatience(ackWaitMs: number, times: number): Promise<void> {
    await jsm.streams.add({ name: `${stream}CLOCK`, subjects: [`${stream}CLOCK.>`] });
    const clock = { durable_name: 'clock', ack_policy: AckPolicy.Explicit, ack_wait: nanos(ackWaitMs) };
    await jsm.consumers.add(`${stream}CLOCK`, clock);
    await nc.jetstream().publish(`${stream}CLOCK.tick`);
    const consumer = await nc.jetstream().consumers.get(`${stream}CLOCK`, 'clock');
    let deliveries = 0;
    while (deliveries <= times)
      deliveries = (await consumer.next({ expires: 5_000 }))?.info.deliveryCount ?? deliveries;
  }

  test('a handled message is acknowledged', async () => {
    const seen: unknown[] = [];
    await listen(async (data, { subject, sequence, redeliveredCount }) => {
      seen.push([data, subject, sequence, redeliveredCount]);
    });
    await publish('one');
    await settled(1);
    expect(seen).toEqual([[{ name: 'one' }, `${stream}.one`, 1, 0]]);
  });

  test('messages of one consumer are handled in the order of the stream', async () => {
    const seen: unknown[] = [];
    await listen(async (_, { sequence }) => void seen.push(sequence));
    for (let n = 1; n <= 50; n++) await publish('some');
    await settled(50);
    expect(seen).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  });

  test('a confirmed acknowledgement is waited for', async () => {
    await listen(async () => undefined, { confirmAcks: true });
    await publish('one');
    await settled(1);
    expect(lines.join()).not.toContain('not confirmed');
  });

  test('a message whose handler throws comes again after a delay, and is then acknowledged', async () => {
    const attempts: number[] = [];
    await listen(
      async (_, { redeliveredCount }) => {
        attempts.push(redeliveredCount);
        if (redeliveredCount < 2) throw new Error('the backend is away');
      },
      { retryDelaysMs: [40, 120] },
    );
    await publish('one');
    await settled(1);
    expect(attempts).toEqual([0, 1, 2]);
    const complaints = lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 'warn');
    expect(complaints).toMatchObject([
      { delayMs: 40, error: { message: 'the backend is away' } },
      { delayMs: 120, error: { message: 'the backend is away' } },
    ]);
  });

  test('a message that waits for its retry holds up no other', async () => {
    const done: string[] = [];
    let failures = 0;
    await listen(
      async (_, { subject }) => {
        if (subject.endsWith('bad') && (failures += 1)) throw new Error('not now');
        done.push(subject);
      },
      { retryDelaysMs: [60_000] },
    );
    await publish('bad');
    await publish('good');
    await eventually(() => done.length === 1);
    expect(failures).toBe(1);
    expect((await durable()).num_ack_pending).toBe(1);
  });

  test('a message that fails as often as is allowed is given up, loudly', async () => {
    let attempts = 0;
    await listen(
      async () => {
        attempts += 1;
        throw new Error('it never works');
      },
      { deliveriesMax: 3, retryDelaysMs: [1] },
    );
    await publish('one');
    await settled(1);
    expect(attempts).toBe(3);
    expect(lines.find((line) => line.includes('"level":"error"'))).toMatch(
      /given up.*it never works|it never works.*given up/,
    );
  });

  test('a poisonous message is given up at once, whoever finds it out', async () => {
    const seen: string[] = [];
    await listen(async (_, { subject }) => {
      seen.push(subject);
      throw new PoisonMessageError('no such thing can be');
    });
    await publish('poison');
    await nc.jetstream().publish(`${stream}.broken`, '{');
    await settled(2);
    expect(seen).toEqual([`${stream}.poison`]);
    expect(lines.filter((line) => line.includes('given up'))).toHaveLength(2);
    expect(lines.join()).toContain('is not JSON');
  });

  test('a handler that outlasts the acknowledgement’s wait is not run a second time', async () => {
    const { open, passed } = gate();
    let runs = 0;
    await listen(
      async () => {
        runs += 1;
        await passed;
      },
      { ackWaitMs: 300, concurrency: 5 },
    );
    await publish('long');
    await eventually(() => runs === 1);
    await brokerRanOutOfPatience(300, 3);
    expect((await durable()).num_redelivered).toBe(0);
    open();
    await settled(1);
    expect(runs).toBe(1);
  });

  test('a message that comes again while it runs is not run twice, and its end answers the new delivery', async () => {
    const { open, passed } = gate();
    let runs = 0;
    await listen(
      async () => {
        runs += 1;
        await passed;
      },
      { ackWaitMs: 300, concurrency: 5 },
    );
    const signs = nc.subscribe(`$JS.ACK.${stream}.things.>`, { max: 1 });
    await publish('long');
    // Somebody takes our sign of life for a refusal: the broker delivers again.
    for await (const sign of signs) nc.publish(sign.subject, '-NAK');
    await eventually(async () => (await durable()).num_redelivered === 1);
    await brokerRanOutOfPatience(300, 2);
    expect(runs).toBe(1);
    open();
    await settled(1);
  });

  test('no more messages run at once than the consumer allows', async () => {
    const { open, passed } = gate();
    let running = 0;
    let most = 0;
    await listen(
      async () => {
        most = Math.max(most, (running += 1));
        await passed;
        running -= 1;
      },
      { concurrency: 3 },
    );
    await Promise.all(Array.from({ length: 30 }, () => publish('some')));
    await eventually(() => running === 3);
    open();
    await settled(30);
    expect(most).toBe(3);
  });

  test('closing waits for what runs and takes nothing new', async () => {
    const { open, passed } = gate();
    const events: string[] = [];
    const { app } = await listen(async (_, { signal }) => {
      events.push('begin');
      signal.addEventListener('abort', () => events.push('asked to end'));
      await passed;
      events.push('end');
    });
    await publish('one');
    await eventually(() => events.length === 1);
    const closed = app.close().then(() => events.push('closed'));
    await eventually(() => events.includes('asked to end'));
    await publish('two');
    open();
    await closed;
    expect(events).toEqual(['begin', 'asked to end', 'end', 'closed']);
    const { num_ack_pending, num_pending } = await durable();
    expect(num_ack_pending + num_pending).toBe(1);
  });

  test('what does not end in time is given back and runs elsewhere at once', async () => {
    const stuck = gate();
    const first = await listen(() => stuck.passed, { ackWaitMs: 60_000 }, 50);
    await publish('one');
    await eventually(() => first.strategy.check().running === 1);
    await first.app.close();
    const seen: number[] = [];
    await listen(async (_, { redeliveredCount }) => void seen.push(redeliveredCount), { ackWaitMs: 60_000 });
    await eventually(() => seen.length === 1);
    expect(seen).toEqual([1]);
    stuck.open();
  });

  test('a durable that was deleted is made again', async () => {
    const seen: string[] = [];
    const { strategy } = await listen(async (_, { subject }) => void seen.push(subject));
    await publish('before');
    await settled(1);
    await jsm.consumers.delete(stream, 'things');
    await publish('after');
    await eventually(() => seen.includes(`${stream}.after`));
    expect(strategy.check()).toMatchObject({ consumers: 1 });
  });

  test('an existing durable is brought up to its specification', async () => {
    await listen(async () => undefined, { ackWaitMs: 10_000 });
    await listen(async () => undefined, { ackWaitMs: 20_000, unfinishedMax: 7 });
    const { config } = await durable();
    expect([config.ack_wait, config.max_ack_pending]).toEqual([nanos(20_000), 7]);
  });

  test('a difference that cannot be changed in place, and a stream that is missing, are refused with advice', async () => {
    await listen(async () => undefined);
    await expect(listen(async () => undefined, { deliverFrom: 'new' })).rejects.toThrow(
      /'things' of .*nats consumer rm/s,
    );
    await expect(listen(async () => undefined, { stream: 'NONE' })).rejects.toThrow("'NONE': there is no such stream");
  });

  test('a consumer without a handler, and a handler without a consumer, are refused', async () => {
    await expect(listen(async () => undefined, { pattern: 'others' })).rejects.toThrow(
      "no controller handles the pattern 'others' of the consumer 'things'",
    );
    const strategy = new JetStreamTransport({ connection: nc, consumers: [], log });
    strategy.addHandler('things', async () => undefined as never, true);
    const failure = await new Promise((resolve) => void strategy.listen(resolve));
    expect(String(failure)).toContain('no consumer was given for the handled patterns things');
  });

  test('a broker that dies and comes back goes on delivering, and what ran meanwhile runs once', async () => {
    const { open, passed } = gate();
    const runs: string[] = [];
    const { strategy } = await listen(
      async (_, { subject }) => {
        runs.push(subject);
        if (subject.endsWith('long')) await passed;
      },
      { concurrency: 2, ackWaitMs: 400 },
    );
    await publish('long');
    await eventually(() => runs.length === 1);
    await server.kill();
    await eventually(() => problemOf(strategy).includes('things: no connection to NATS'));
    await server.restart();
    await eventually(() => strategy.check());
    await publish('after');
    await eventually(() => runs.includes(`${stream}.after`));
    await brokerRanOutOfPatience(400, 3);
    open();
    await eventually(async () => (await durable()).num_ack_pending === 0);
    expect(runs.filter((subject) => subject.endsWith('long'))).toHaveLength(1);
  });

  test('work that ended while the broker was away is acknowledged when it is back, not done again', async () => {
    const { open, passed } = gate();
    let runs = 0;
    const { strategy } = await listen(
      async () => {
        runs += 1;
        await passed;
      },
      { ackWaitMs: 400 },
    );
    await publish('long');
    await eventually(() => runs === 1);
    await server.kill();
    await eventually(() => problemOf(strategy).includes('no connection'));
    open();
    await server.restart();
    await eventually(() => strategy.check());
    await settled(1);
    await brokerRanOutOfPatience(400, 2);
    expect(runs).toBe(1);
  });

  test('the headers, the publisher’s trace among them, reach the handler', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const message = headers();
    message.set('traceparent', traceparent);
    const seen: unknown[] = [];
    await listen(async (data, context) => void seen.push(data, context.traceparent, context.messageId));
    await nc.jetstream().publish(`${stream}.one`, '', { headers: message, msgID: 'id-1' });
    await eventually(() => seen.length > 0);
    expect(seen).toEqual([undefined, traceparent, 'id-1']);
  });
});
