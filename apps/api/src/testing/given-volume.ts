import { type VolumeCommand, volumeDecider } from '@hearth/domain';
import { examplePool, exampleRequest } from '@hearth/domain/testing';
import { runCommand, wasRefused } from '@hearth/event-sourcing';
import type { ProjectId, UserId, VolumeId } from '@hearth/kernel';
import { randomUUID } from 'node:crypto';
import type { DatabaseApi } from './database-api';

type Request = typeof exampleRequest;

/** Carries out commands about a volume as its host or its owner would, and waits until the rows tell of it. Throws on a refusal. */
export async function decideFor(house: DatabaseApi, id: string, ...commands: readonly VolumeCommand[]): Promise<void> {
  const environment = { store: house.store, newId: randomUUID, now: () => new Date().toISOString() };
  for (const command of commands) {
    const answer = await runCommand(environment, volumeDecider, { category: 'volume', id }, command);
    if (wasRefused(answer)) throw new Error(`${command.do}: ${answer.refused} ${JSON.stringify(answer.data)}`);
  }
  await house.caughtUp();
}

/** A blank volume that is available, of the member of the tests unless told; returns its id. */
export async function givenVolume(house: DatabaseApi, asked: Partial<Request> = {}): Promise<string> {
  const volumeId = randomUUID() as VolumeId;
  const request: Request = {
    ...exampleRequest,
    ...{ projectId: 'demo' as ProjectId, userId: 'ann' as UserId, image: null, name: 'disk', sizeGib: 1 },
    ...asked,
    volumeId,
  };
  await decideFor(
    house,
    volumeId,
    { do: 'RequestVolume', request },
    { do: 'RecordPlacement', pool: examplePool, availabilityZone: 'nova', rejected: [] },
    { do: 'RecordProvisioned', pool: examplePool, bootable: false, imageMetadata: {}, decision: null },
  );
  return volumeId;
}
