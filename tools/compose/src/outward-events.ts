import { jetstream } from '@hearth/contracts';
import { containerOf } from './containers';
import type { Docker } from './docker';

/** An outward event as a subscriber sees it. */
export interface OutwardEvent {
  /** Its type, such as `image_volume_cache.hit`. */
  readonly type: string;
  readonly at: string;
  readonly data: unknown;
}

/** Reads the stream of outward events message by message; runs in the notifier's container, as its user: it may read what it sent. */
const readStream = `
const { connect, nkeyAuthenticator, nkeys } = require('nats');
const seed = Buffer.from(require('node:fs').readFileSync(process.argv[3], 'utf8').trim());
(async () => {
  const inboxPrefix = '_INBOX_' + nkeys.fromSeed(seed).getPublicKey();
  const connection = await connect({ servers: process.argv[1], authenticator: nkeyAuthenticator(seed), inboxPrefix });
  const streams = (await connection.jetstreamManager()).streams;
  const { first_seq, last_seq } = (await streams.info(process.argv[2])).state;
  for (let seq = first_seq; seq <= last_seq; seq++) {
    const message = await streams.getMessage(process.argv[2], { seq });
    console.log(JSON.stringify({ subject: message.subject, at: message.time, data: message.json() }));
  }
  await connection.close();
})().catch((error) => { console.error(error.message); process.exitCode = 1; });
`;

/** Where the compose file puts the seed of a container's user. */
const seedFile = '/run/hearth/nats/nkey.seed';

/** All outward events so far, oldest first. */
export async function outwardEvents(docker: Docker, project: string): Promise<OutwardEvent[]> {
  const container = await containerOf(docker, project, 'notifier');
  const argv = ['exec', container, 'node', '-e', readStream, 'nats://nats:4222', jetstream.events.stream, seedFile];
  const lines = (await docker.ask(argv)).split('\n').filter((line) => line !== '');
  const prefix = jetstream.events.subjects.replace('>', '');
  return lines.map((line) => {
    const { subject, at, data } = JSON.parse(line) as { subject: string; at: string; data: unknown };
    return { type: subject.slice(prefix.length), at, data };
  });
}
