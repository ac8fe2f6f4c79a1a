import { throwAwayNats } from '@hearth/testing/servers';
import type { NatsConnection } from 'nats';
import { connectNats } from '../connection';
import { ensureStreams } from '../ensure-streams';

/** A server of its own with streams and buckets; what nobody reports any more is gone after a second and a half. */
export async function throwAwayStreams(): Promise<{ readonly connection: NatsConnection; close(): Promise<void> }> {
  const server = await throwAwayNats();
  const connection = await connectNats({ servers: [server.url], name: 'test' });
  await ensureStreams(connection, { livenessTtlMs: 1_500, progressTtlMs: 1_500 });
  return {
    connection,
    close: async () => {
      await connection.close();
      await server.stop();
    },
  };
}
