import { type HostReport, hostReportSchema } from '@hearth/contracts';
import type { LiveHosts, LivenessBoard } from '@hearth/event-sourcing';
import { createLog } from '@hearth/platform';
import { eventually } from '@hearth/testing';
import { SeenZones } from './seen-zones';

const log = createLog({ name: 'api', format: 'json', write: () => undefined });

const hostsIn = (...zones: string[]): LiveHosts => new Map(zones.map((zone) => [zone, reportFrom(zone)]));

/** A host of that name with one pool, in the zone of the same name. */
function reportFrom(zone: string): HostReport {
  const cache = { state: 'disabled', reason: 'off', maxSizeGib: 0, maxCount: 0 };
  const room = { totalGib: 10, freeGib: 10, provisionedGib: 0, thin: true, oversubscriptionMax: 1, reservedPercent: 0 };
  const pool = {
    pool: `${zone}@file#default`,
    availabilityZone: zone,
    ...room,
    capabilities: {},
    cloneMethod: 'copy',
    cache,
  };
  const reportedAt = '2026-01-02T03:04:05Z';
  return hostReportSchema.parse({ host: zone, incarnation: 'a', reportedAt, version: '0', pools: [pool], down: [] });
}

/** Shows what a test gives it, in order; fails where it is given an error. */
class ScriptedBoard implements LivenessBoard {
  constructor(private readonly reports: (LiveHosts | Error)[]) {}

  async hosts(): Promise<LiveHosts> {
    return this.next() ?? new Map();
  }

  async *watch(signal: AbortSignal): AsyncIterable<LiveHosts> {
    for (let hosts = this.next(); hosts && !signal.aborted; hosts = this.next()) yield hosts;
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  }

  async report(): Promise<void> {}
  async withdraw(): Promise<void> {}

  private next(): LiveHosts | undefined {
    const report = this.reports.shift();
    if (report instanceof Error) throw report;
    return report;
  }
}

test('a zone is known from the first report of a host in it, and stays known without the host', async () => {
  const zones = new SeenZones(new ScriptedBoard([hostsIn('west'), hostsIn('west', 'east'), hostsIn()]), log);
  await zones.start();
  expect([zones.isKnown('west'), zones.isKnown('north')]).toEqual([true, false]);
  await eventually(() => zones.isKnown('east'));
  expect(zones.isKnown('west')).toBe(true);
  zones.stop();
});

test('a board that cannot be read is looked at again', async () => {
  const away = new Error('away');
  const zones = new SeenZones(new ScriptedBoard([away, away, hostsIn('west')]), log);
  await zones.start();
  await eventually(() => zones.isKnown('west'));
  zones.stop();
});
