import { connectNats, ensureStreams } from '@hearth/event-store-nats';
import type { NatsConnection } from 'nats';
import { readSeed } from './make-accounts';

/** A NATS server, and the folder of its users; without one it asks nobody who they are. */
export interface GuardedNats {
  readonly natsUrl: string;
  readonly natsAccounts?: string;
}

/** A connection of the operator's. Throws what `connectNats` throws, or an error that names the seed's file. */
export async function connectAsOperator({ natsUrl, natsAccounts }: GuardedNats, name: string): Promise<NatsConnection> {
  const nkeySeed = natsAccounts === undefined ? undefined : await readSeed(natsAccounts, 'operator');
  return connectNats({ servers: [natsUrl], name, nkeySeed });
}

/** Makes the streams and buckets, which no app may do where users have permissions. */
export async function makeStreams(nats: GuardedNats): Promise<void> {
  const connection = await connectAsOperator(nats, 'hearth-nats-accounts');
  await ensureStreams(connection).finally(() => connection.close());
}
