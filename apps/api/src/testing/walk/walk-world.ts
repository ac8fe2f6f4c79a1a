import { serviceDecider } from '@hearth/domain';
import { examplePool, exampleRequest } from '@hearth/domain/testing';
import { runCommand } from '@hearth/event-sourcing';
import type { PoolRef, ProjectId, VolumeId } from '@hearth/kernel';
import { addTypeAccess, setDefaultType, setQuotaLimits } from '@hearth/read-model';
import { randomUUID } from 'node:crypto';
import { type DatabaseApi, startDatabaseApi } from '../database-api';
import { givenCache, givenEntry } from '../given-cache';
import { decideFor, givenVolume } from '../given-volume';
import { imageId } from '../volume-rows';
import { someUuid } from './example-body';
import { exampleCache, exampleReport } from './example-report';
import { PlayedHost } from './played-host';
import { type Asking, tokens } from '../test-api';

/** The project in which everything is. */
export const walkProject = 'demo';
const admin: Asking = { token: tokens.admin, headers: { 'openstack-api-version': 'volume 3.70' } };
const member: Asking = { ...admin, token: tokens.member };

/** A project with one of everything, for walks over all routes: whatever a path names can be made anew. */
export class WalkWorld {
  /** Since then there is something to tell of the caches. */
  readonly openedAt = new Date().toISOString();
  private readonly shared = new Map<string, string>();

  private readonly host: PlayedHost;
  /** Of offers of volumes, by their ids. */
  private readonly authKeys = new Map<string, string>();

  private constructor(readonly house: DatabaseApi) {
    this.host = new PlayedHost(house.store, ['connect', 'disconnect']);
  }

  static async open(): Promise<WalkWorld> {
    const house = await startDatabaseApi({
      services: {
        clock: Date,
        hosts: { hosts: async () => new Map([[exampleReport.host, exampleReport]]) },
        manageable: { list: async () => ({ objects: [] }) },
      },
    });
    await setQuotaLimits(house.database, walkProject, { volumes: -1, gigabytes: -1, snapshots: -1 });
    await reportService(house);
    await givenCache(house, walkCache);
    return new WalkWorld(house);
  }

  async close(): Promise<void> {
    await this.host.stop();
    await this.house.stop();
  }

  /** What has to be given to accept an offer. */
  authKeyOf(transferId: string | undefined): string {
    return this.authKeys.get(transferId ?? '') ?? 'none';
  }

  /** What a path's parameter names: one that nobody changes, or one of the asker's own. Undefined where there is none of its kind. */
  async object(
    parameter: string,
    operation: string,
    { fresh }: { readonly fresh: boolean },
  ): Promise<string | undefined> {
    if (parameter === 'key') return keyOf(operation);
    if (parameter === 'quota_project_id') return fresh ? randomUUID() : walkProject;
    if (Object.hasOwn(fixed, parameter)) return fixed[parameter];
    const make = this.makers[parameter];
    if (!make) return undefined;
    const known = fresh ? undefined : this.shared.get(parameter);
    if (known !== undefined) return known;
    const made = await make();
    if (!fresh) this.shared.set(parameter, made);
    return made;
  }

  private readonly makers: Readonly<Record<string, () => Promise<string>>> = {
    volume_id: () => this.volume(),
    snapshot_id: async () => {
      const volumeId = await this.volume();
      const snapshot = { volume_id: volumeId, metadata: { k: 'v' } };
      const { id } = await this.made('/v3/demo/snapshots', { snapshot });
      await decideFor(this.house, volumeId, { do: 'RecordSnapshotCreated', snapshotId: id });
      return id;
    },
    attachment_id: async () => {
      const attachment = { volume_uuid: await this.volume(), instance_uuid: randomUUID() };
      return (await this.made('/v3/demo/attachments', { attachment })).id;
    },
    connected_attachment_id: async () => {
      const attachment = { volume_uuid: await this.volume(), instance_uuid: randomUUID(), connector: { host: 'node' } };
      return (await this.made('/v3/demo/attachments', { attachment })).id;
    },
    transfer_id: async () => {
      const transfer = { volume_id: await this.volume() };
      const { id, auth_key } = await this.made('/v3/demo/volume-transfers', { transfer });
      this.authKeys.set(id, auth_key!);
      return id;
    },
    message_id: () => this.message(),
    entry_id: async () => (await givenEntry(this.house, walkCache)).id,
    image_id: async () => (await givenEntry(this.house, walkCache)).image.id,
    pinned_image_id: async () => {
      const { image } = await givenEntry(this.house, walkCache);
      await this.house.api.post('/v3/cache/pins', { pin: { image_id: image.id } }, admin);
      return image.id;
    },
    prefetch_id: async () => {
      const prefetch = { images: [imageId], pools: [walkCache] };
      const { body, text } = await this.house.api.post('/v3/cache/prefetches', { prefetch }, admin);
      const [made] = (body as { prefetches?: { id: string }[] }).prefetches ?? [];
      if (!made) throw new Error(`no prefetch was made: ${text}`);
      return made.id;
    },
    policy_id: async () =>
      (await this.made('/v3/cache/policies', { policy: { name: 'latest', image_name: 'debian' } }, admin)).id,
    type_id: () => this.type(),
    qos_id: async () => (await this.made('/v3/operators/qos-specs', { qos_specs: { name: randomUUID() } }, admin)).id,
    plain_type_id: async () =>
      (await this.made('/v3/operators/types', { volume_type: { name: randomUUID() } }, admin)).id,
    default_project_id: async () => {
      const projectId = randomUUID();
      await setDefaultType(this.house.database, { projectId, volumeTypeId: await this.type() });
      return projectId;
    },
  };

  private async volume(): Promise<string> {
    const id = await givenVolume(this.house, { metadata: { k: 'v' } });
    const pairs = { 'os-set_image_metadata': { metadata: { k: 'v' } } };
    await this.house.api.post(`/v3/demo/volumes/${id}/action`, pairs, member);
    return id;
  }

  /** Not public, so that its access can be listed; the project may use it. */
  private async type(): Promise<string> {
    const extra_specs = { multiattach: '<is> True' };
    const fields = { name: randomUUID(), extra_specs, 'os-volume-type-access:is_public': false };
    const { id } = await this.made('/v3/operators/types', { volume_type: fields }, admin);
    for (const project of [walkProject, someUuid]) await addTypeAccess(this.house.database, id, project);
    const encryption = { provider: 'luks', cipher: null, key_size: 256, control_location: 'front-end' };
    await this.house.api.post(`/v3/operators/types/${id}/encryption`, { encryption }, admin);
    return id;
  }

  /** Of a volume that no backend could take. */
  private async message(): Promise<string> {
    const volumeId = randomUUID() as VolumeId;
    const request = { ...exampleRequest, volumeId, projectId: walkProject as ProjectId };
    const failure = { code: 'placement.no_valid_backend', reason: 'No backend has room.' } as const;
    await decideFor(
      this.house,
      volumeId,
      { do: 'RequestVolume', request },
      { do: 'RecordPlacementFailure', failure, rejected: [] },
    );
    const { body } = await this.house.api.get(`/v3/demo/messages?resource_uuid=${volumeId}`, member);
    return (body as { messages: { id: string }[] }).messages[0]!.id;
  }

  /** What the answer to a create has under its one key. */
  private async made(path: string, body: object, asking = member): Promise<Made> {
    const answer = await this.house.api.post(path, body, asking);
    const [value] = Object.values((answer.body ?? {}) as Readonly<Record<string, Made>>);
    if (value?.id === undefined) throw new Error(`POST ${path}: ${answer.status} ${answer.text}`);
    return value;
  }
}

interface Made {
  readonly id: string;
  readonly auth_key?: string;
}

/** The log knows a service beside the pool's, so that it can be disabled without harm to what is walked afterwards. */
async function reportService(house: DatabaseApi): Promise<void> {
  const service = fixed['spare_service']!;
  const environment = { store: house.store, now: () => exampleReport.reportedAt, newId: randomUUID };
  const pools = [`${service}#pool`];
  const command = { do: 'ReportCacheSettings', service, pools, cache: exampleCache } as const;
  await runCommand(environment, serviceDecider, { category: 'service', id: service }, command);
  await house.caughtUp();
}

/** A pool with a cache; nothing else happens there. */
export const walkCache = 'cached@backend#pool' as PoolRef;

/** What there is without being made. */
const fixed: Readonly<Record<string, string>> = {
  encryption_id: randomUUID(),
  host_name: examplePool.slice(0, examplePool.indexOf('#')),
  spare_service: 'spare@backend',
  spare_pool: encodeURIComponent('spare@backend#pool'),
  alias: 'os-services',
  class_name: 'default',
  pool: encodeURIComponent(walkCache),
};

function keyOf(operation: string): string {
  if (operation.startsWith('types.specs')) return 'multiattach';
  if (operation.startsWith('types.encryption')) return 'provider';
  return operation.startsWith('volumes.encryption') ? 'encryption_key_id' : 'k';
}
