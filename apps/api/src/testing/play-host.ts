import type { Connection, VolumeEvent } from '@hearth/contracts';
import { owedSteps, type Volume, type VolumeCommand, volumeDecider } from '@hearth/domain';
import { type EventStore, readState, runCommand } from '@hearth/event-sourcing';
import { fold } from '@hearth/kernel';
import { randomUUID } from 'node:crypto';

type Step = ReturnType<typeof owedSteps>[number];

export const localConnection: Connection = {
  driverVolumeType: 'local',
  data: { device_path: '/dev/example', qos_specs: null, access_mode: 'rw', encrypted: false, cacheable: false },
};

/** What a host in good health answers to what clients wait for, and to snapshots and extensions. */
export function healthyHost(step: Step): VolumeCommand | undefined {
  switch (step.do) {
    case 'connect':
      return { do: 'RecordConnected', attachmentId: step.attachment.id, connection: localConnection };
    case 'disconnect':
      return { do: 'RecordDisconnected', attachmentId: step.attachment.id };
    case 'create-snapshot':
      return { do: 'RecordSnapshotCreated', snapshotId: step.snapshot.id };
    case 'delete-snapshot':
      return { do: 'RecordSnapshotDeleted', snapshotId: step.snapshot.id };
    case 'extend':
      return { do: 'RecordExtended', toGib: step.toGib };
    case 'delete-from-pool':
      return { do: 'RecordDeleted' };
    default:
      return undefined;
  }
}

/** Plays the host of all volumes of a log: does what they are owed, as soon as they are; returns what ends it. */
export function playHost(
  store: EventStore,
  answer: (step: Step) => VolumeCommand | undefined = healthyHost,
): () => Promise<void> {
  const stop = new AbortController();
  const environment = { store, newId: randomUUID, now: () => new Date().toISOString() };
  const states = new Map<string, Volume>();
  const work = async (id: string) => {
    const stream = { category: 'volume', id } as const;
    for (const step of owedSteps(states.get(id) ?? volumeDecider.initialState)) {
      const command = answer(step);
      if (command) await runCommand(environment, volumeDecider, stream, command);
    }
  };
  const ended = (async () => {
    const afterSequence = 0;
    for await (const { commits } of store.follow({ category: 'volume', afterSequence, signal: stop.signal })) {
      for (const { stream, events } of commits) {
        const before = states.get(stream.id) ?? volumeDecider.initialState;
        states.set(stream.id, fold(volumeDecider, events as readonly VolumeEvent[], before));
      }
      for (const id of new Set(commits.map(({ stream }) => stream.id))) await work(id);
    }
  })();
  return () => (stop.abort(), ended);
}

/** The volume as its stream tells it. */
export async function volumeOf(store: EventStore, id: string): Promise<Volume> {
  return (await readState(store, volumeDecider, { category: 'volume', id })).state;
}
