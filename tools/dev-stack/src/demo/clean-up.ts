import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '@hearth/testing';
import { removeStackData } from '../servers/stack-servers';
import { takeDown } from '../stack/take-down';
import type { VolumeApi } from './volume-api';

/** What was there before, and therefore stays. */
export type FoundBefore = 'nothing' | 'state' | 'running-stack';

/** Deletes the volumes, as far as the API can still be asked, and waits until they are gone. */
export async function deleteVolumes(api: VolumeApi, volumeIds: readonly string[]): Promise<void> {
  for (const id of volumeIds) {
    await api.delete(id);
    await eventually(() => api.isGone(id), { timeoutMs: 60_000, intervalMs: 50, what: `volume ${id} being gone` });
  }
}

/** Takes down what the demonstration brought up. Of a state that it made only what is dear to make again stays. */
export async function leaveAsFound(stateDir: string, found: FoundBefore, log: (line: string) => void): Promise<void> {
  if (found === 'running-stack') return;
  await takeDown(stateDir, log);
  if (found === 'state') return;
  await removeStackData(stateDir);
  for (const name of await readdir(stateDir).catch(() => [])) {
    if (name !== 'cache') await rm(join(stateDir, name), { recursive: true, force: true });
  }
}
