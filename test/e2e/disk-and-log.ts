// What lies on the backends beside what the log says should lie there.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { volumeDecider, type Volume } from '@hearth/domain';
import type { ImageCacheEvent, VolumeEvent } from '@hearth/contracts';
import type { Commit } from '@hearth/event-sourcing';
import { JetStreamEventStore } from '@hearth/event-store-nats';
import { connectAsOperator, type GuardedNats } from '../../tools/nats-accounts/src/operator';

/** Objects by name: each an available volume, or an image-volume that was made and not reaped. */
export async function objectsOfLog(nats: GuardedNats): Promise<string[]> {
  const commits = await readLog(nats);
  const volumes = [...volumesOf(commits)].filter(([, { status }]) => status === 'provisioned').map(([id]) => id);
  const imageVolumes = new Set<string>();
  for (const event of cacheEventsOf(commits)) {
    if (event.type === 'create') imageVolumes.add(event.data.imageVolumeId);
    if (event.type === 'reaped') imageVolumes.delete(event.data.imageVolumeId);
  }
  return [...volumes, ...imageVolumes].map((id) => `volume-${id}`).sort();
}

/** Objects by name, whole ones and remains of work alike, below the folders of all hosts. */
export async function objectsOnDisk(backendDirectory: string): Promise<string[]> {
  const names = new Set<string>();
  for (const host of await readdir(backendDirectory)) {
    for (const file of await readdir(join(backendDirectory, host)).catch(() => [])) {
      if (file.startsWith('volume-')) names.add(file.replace(/\.(qcow2|base)$/, ''));
    }
  }
  return [...names].sort();
}

/** Every volume of the log with its folded state. */
export async function volumesOfLog(nats: GuardedNats): Promise<Map<string, Volume>> {
  return volumesOf(await readLog(nats));
}

/** Every event of the caches' streams, in order. */
export async function cacheEventsOfLog(nats: GuardedNats): Promise<ImageCacheEvent[]> {
  return cacheEventsOf(await readLog(nats));
}

function volumesOf(commits: readonly Commit[]): Map<string, Volume> {
  const volumes = new Map<string, Volume>();
  for (const { stream, events } of commits) {
    if (stream.category !== 'volume') continue;
    const before = volumes.get(stream.id) ?? volumeDecider.initialState;
    volumes.set(stream.id, (events as readonly VolumeEvent[]).reduce(volumeDecider.evolve, before));
  }
  return volumes;
}

function cacheEventsOf(commits: readonly Commit[]): ImageCacheEvent[] {
  return commits
    .filter(({ stream }) => stream.category === 'image-cache')
    .flatMap(({ events }) => events as readonly ImageCacheEvent[]);
}

async function readLog(nats: GuardedNats): Promise<Commit[]> {
  const connection = await connectAsOperator(nats, 'disk-and-log');
  const stop = new AbortController();
  const commits: Commit[] = [];
  try {
    const store = await JetStreamEventStore.open(connection);
    for await (const batch of store.follow({ afterSequence: 0, signal: stop.signal })) {
      commits.push(...batch.commits);
      if (batch.caughtUp) break;
    }
    return commits;
  } finally {
    stop.abort();
    await connection.close();
  }
}
