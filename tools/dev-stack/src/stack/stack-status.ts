import { readFile } from 'node:fs/promises';
import type { Launched } from '@hearth/testing/servers';
import { findStackServers } from '../servers/stack-servers';
import { healthOf } from './app-process';
import { readRecord } from './stack-record';
import { processNames } from './app-plan';
import { runningApps } from './take-down';

/** One process of a stack, as it is now. */
export interface ProcessStatus {
  readonly name: string;
  readonly kind: 'app' | 'server';
  readonly pid: number | null;
  readonly residentBytes: number | null;
  readonly url: string;
  /** `ok`, or what is wrong. */
  readonly health: string;
}

/** Every process that a stack should have, and those it has beyond; undefined where no stack was ever made. */
export async function stackStatus(stateDir: string): Promise<readonly ProcessStatus[] | undefined> {
  const record = await readRecord(stateDir);
  if (!record) return undefined;
  const [servers, apps] = await Promise.all([findStackServers(stateDir), runningApps(stateDir)]);
  const planned = [
    server('nats-server', record.natsUrl, servers, record.ports['nats'] !== undefined),
    server('postgres', withoutPassword(record.databaseUrl), servers, record.ports['postgres'] !== undefined),
    server('image-service', record.imageServiceUrl, servers, record.imagesDirectory !== undefined),
  ];
  const names = new Set([...processNames(record.volumeManagers), ...apps.map(({ name }) => name)]);
  return Promise.all([
    ...planned,
    ...[...names].map(async (name): Promise<ProcessStatus> => {
      const app = apps.find((running) => running.name === name);
      if (!app) return { name, kind: 'app', pid: null, residentBytes: null, url: '', health: 'does not run' };
      const { url = '', healthUrl } = app.notes;
      const health = healthUrl ? await healthOf(healthUrl) : 'is starting';
      return { name, kind: 'app', pid: app.pid, residentBytes: await residentBytes(app.pid), url, health };
    }),
  ]);
}

/** Resident memory of one process (VmRSS); null when it is gone. */
export async function residentBytes(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return kib === undefined ? null : Number(kib) * 1024;
}

async function server(
  name: string,
  url: string,
  running: readonly Launched[],
  isOurs: boolean,
): Promise<ProcessStatus> {
  const found = running.find((process) => process.name === name);
  if (found) {
    return { name, kind: 'server', pid: found.pid, residentBytes: await residentBytes(found.pid), url, health: 'ok' };
  }
  const health = isOurs ? 'does not run' : 'ok: somebody else runs it';
  return { name, kind: 'server', pid: null, residentBytes: null, url, health };
}

/** A URL that may be shown. */
export function withoutPassword(url: string): string {
  return url.replace(/^(\w+:\/\/[^:/@]*):[^@]*@/, '$1:***@');
}
