// A fill from another host's copy against one from the image service, on two hosts of one machine.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestAuthority } from '@hearth/testing';
import { anyFreePort } from '@hearth/testing/servers';
import { gibToHold, type PlacedImage, placeImage } from '../../../dev-stack/src/demo/place-image';
import { startImageServiceProcess } from '../../../dev-stack/src/servers/image-service.process';
import { hostName } from '../../../dev-stack/src/stack/app-plan';
import { type BenchStack, root, startBenchStack } from '../bench-stack';
import { readInherited } from '../config';
import { type FillImage, makeFillImages } from '../fill-images';
import { type Figure, median } from '../figures';
import { timedCreate } from './timed-create';
import { untilZonesAreKnown } from './zones';

export interface PeerOptions {
  /** On the file system that is measured. */
  readonly directory: string;
  /** See `FillImagesOptions`. */
  readonly dataMib: number;
  readonly runs: number;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/** What an image service in a network of 2 Gbit/s sends at most. */
const serviceBytesPerSecond = 200_000_000;
const hosts = [hostName(1), hostName(2)] as const;
const zoneOf = (host: string) => `zone-of-${host}`;

/** On a stack of its own: two hosts with certificates for each other, and an image service that is as slow as a network. */
export async function measurePeerFills({ directory, dataMib, runs, signal, log }: PeerOptions): Promise<Figure[]> {
  const stateDir = await mkdtemp(join(tmpdir(), 'hearth-bench-peer-'));
  const endings: (() => Promise<unknown>)[] = [() => rm(stateDir, { recursive: true, force: true })];
  try {
    // The large disk with little on it.
    const image = (await makeFillImages({ directory: join(directory, 'images'), dataMib, log }))[2]!;
    const imagesDirectory = join(directory, 'served');
    const service = await startImageServiceProcess({
      ...{ root, imagesDirectory, dataDir: join(stateDir, 'slow-image-service') },
      throttleBytesPerSecond: serviceBytesPerSecond,
    });
    endings.push(() => service.stop());
    const backendDirectory = join(directory, 'volumes-of-peers');
    const envOf = await settingsOfHosts({ stateDir, backendDirectory });
    const stack = await startBenchStack({
      ...{ stateDir, backendDirectory, signal, log, inherited: readInherited() },
      planned: { external: { imageServiceUrl: service.url }, volumeManagers: hosts.length, settings: { envOf } },
    });
    endings.push(() => stack.end());
    await untilZonesAreKnown(stack, hosts.map(zoneOf));
    const pairs: Pair[] = [];
    for (let run = 0; run < runs; run++) {
      const placed = await placeImage({ file: image.file, imagesDirectory, imageServiceUrl: service.url });
      pairs.push(await fillTwice(stack, placed));
      await placed.remove();
    }
    return [figureOf(image, pairs)];
  } finally {
    for (const end of endings.reverse()) await end();
  }
}

/** Milliseconds of the same fill from either source. */
interface Pair {
  readonly serviceMs: number;
  readonly peerMs: number;
}

function figureOf({ shape }: FillImage, pairs: readonly Pair[]): Figure {
  const list = (pick: (pair: Pair) => number) => pairs.map((pair) => pick(pair).toFixed(0)).join(', ');
  const [services, peers] = [list(({ serviceMs }) => serviceMs), list(({ peerMs }) => peerMs)];
  return {
    name: `fill from a peer, ${shape}: faster than from the image service`,
    value: median(pairs.map(({ serviceMs, peerMs }) => serviceMs / peerMs)),
    ...{ unit: 'x', goal: { atLeast: 2 } },
    note: `service at ${serviceBytesPerSecond / 1e6} MB/s ${services} ms; peer ${peers} ms`,
  };
}

async function fillTwice(stack: BenchStack, placed: PlacedImage): Promise<Pair> {
  const [serviceMs, peerMs] = [
    await fillMs(stack, placed, { host: hosts[0], kind: 'image-service' }),
    await fillMs(stack, placed, { host: hosts[1], kind: 'peer' }),
  ];
  return { serviceMs, peerMs };
}

async function fillMs(
  stack: BenchStack,
  placed: PlacedImage,
  { host, kind }: { readonly host: string; readonly kind: string },
): Promise<number> {
  const asked = { imageRef: placed.id, sizeGib: gibToHold(placed), availabilityZone: zoneOf(host) };
  const { decision, volumeId } = await timedCreate(stack, asked);
  if (decision.source?.kind !== kind) {
    throw new Error(`a fill from the ${kind} was to be measured: ${JSON.stringify(decision)}`);
  }
  await stack.api.delete(volumeId);
  return decision.durationsMs['fill'] ?? Number.NaN;
}

/** A zone for each host, so that a create names the one it goes to, and what the hosts prove themselves with. */
async function settingsOfHosts({
  stateDir,
  backendDirectory,
}: {
  readonly stateDir: string;
  readonly backendDirectory: string;
}) {
  const authority = new TestAuthority();
  const settings: Record<string, Record<string, string>> = {};
  for (const host of hosts) {
    const files = await authority.issue(join(stateDir, 'tls', host), host);
    const options = { directory: join(backendDirectory, host) };
    const backend = {
      ...{ name: 'file', driver: 'file', options, availability_zone: zoneOf(host) },
      image_volume_cache_enabled: true,
      cinder_internal_tenant_project_id: 'hearth-internal',
      cinder_internal_tenant_user_id: 'hearth-internal',
    };
    settings[`volume-manager-${host}`] = {
      HEARTH_BACKENDS: JSON.stringify([backend]),
      HEARTH_PEER_LISTEN: `127.0.0.1:${await anyFreePort('127.0.0.1')}`,
      HEARTH_PEER_CERTIFICATE: files.certificate,
      HEARTH_PEER_KEY: files.key,
      HEARTH_PEER_CA: files.authorities,
    };
  }
  return settings;
}
