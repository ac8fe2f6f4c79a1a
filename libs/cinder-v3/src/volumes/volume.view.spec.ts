import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createdVolumeSchema,
  explanationSchema,
  volumeDetailSchema,
  volumeSummarySchema,
} from '../openapi/response.schemas';
import type { ExplainedVolume } from './explanation.fields';
import { explanationView } from './explanation.view';
import type { VolumeFields } from './volume.fields';
import { createdVolume, volumeDetail, volumeSummary } from './volume.view';
import { volumeList } from './volume-list.view';

const golden = (name: string): unknown => JSON.parse(readFileSync(join(__dirname, '__golden__', name), 'utf8'));

const volume: VolumeFields = {
  id: 'b0b6b7b1-7d65-45c6-ba6f-04a17aa78527',
  projectId: 'demo',
  userId: 'ann',
  name: 'img2',
  description: null,
  status: 'available',
  sizeGib: 1,
  volumeTypeId: 'a6d8f414-1eb5-45aa-b09e-de3a4b83a5fe',
  volumeTypeName: 'fast',
  availabilityZone: 'nova',
  host: 'store-01@fast#pool',
  bootable: true,
  multiattach: false,
  readOnly: null,
  encryptionKeyId: null,
  snapshotId: null,
  sourceVolid: null,
  migrationStatus: null,
  attachments: [],
  metadata: { k1: 'v1' },
  imageMetadata: { image_id: '533ef249-e7e6-476f-ae5c-155c354defa4', image_name: 'tiny' },
  createdAt: '2026-11-21T00:49:50.123Z',
  updatedAt: '2026-11-21T00:49:51.000Z',
};

const base = 'http://127.0.0.1:8776';
const admin = { base, projectId: 'demo', isAdmin: true };
const member = { base, projectId: 'demo', isAdmin: false };

test.each([
  ['volume-detail.admin.v3.0.json', { ...admin, minor: 0 }],
  ['volume-detail.admin.v3.70.json', { ...admin, minor: 70 }],
  ['volume-detail.member.v3.70.json', { ...member, minor: 70 }],
])('%s is what a client gets', (name, context) => {
  const view = volumeDetail(volume, context);
  expect(JSON.parse(JSON.stringify(view))).toEqual(golden(name));
  expect(volumeDetailSchema.parse(view)).toEqual(view);
});

test('a volume that is being made shows how far its image has come, and any other does not', () => {
  const progress = { phase: 'download', bytesDone: 42, bytesTotal: 100, percent: 42, ...{ pool: 'for operators' } };
  const context = { ...member, minor: 0 };
  const view = volumeDetail({ ...volume, progress }, context);
  expect(view).toMatchObject({
    'hearth:progress': { percent: 42, bytes_done: 42, bytes_total: 100, phase: 'download' },
  });
  expect(volumeDetailSchema.parse(view)).toEqual(view);
  expect(volumeDetail(volume, context)).not.toHaveProperty('hearth:progress');
});

/** The keys that each microversion brought, for an administrator. */
const brought = new Map<number, readonly string[]>([
  [13, ['group_id']],
  [21, ['provider_id']],
  [48, ['shared_targets', 'service_uuid']],
  [61, ['cluster_name']],
  [63, ['volume_type_id']],
  [65, ['consumes_quota']],
]);

test('a key appears with its microversion, and with no other', () => {
  for (let minor = 1; minor <= 70; minor += 1) {
    const before = Object.keys(createdVolume(volume, { ...admin, minor: minor - 1 }));
    const added = Object.keys(createdVolume(volume, { ...admin, minor })).filter((key) => !before.includes(key));
    expect([minor, added]).toEqual([minor, brought.get(minor) ?? []]);
  }
});

test('a creation shows nothing of where the volume is', () => {
  const view = createdVolume(volume, { ...admin, minor: 70 });
  expect(createdVolumeSchema.parse(view)).toEqual(view);
  expect(JSON.stringify(view)).not.toContain('store-01');
});

test('a summary has an id, a name and links that a project with odd characters cannot break', () => {
  const view = volumeSummary(volume, { ...member, projectId: 'a b/c', minor: 0 });
  expect(volumeSummarySchema.parse(view)).toEqual(view);
  expect(view.links[0]?.href).toBe(`${base}/v3/a%20b%2Fc/volumes/${volume.id}`);
});

describe('the link to the next page', () => {
  const context = { ...member, minor: 0 };
  const page = { volumes: [volume], path: '/v3/demo/volumes', query: new URLSearchParams('limit=1&marker=x&name=a b') };

  test('keeps what was asked and moves the marker', () => {
    const { volumes_links: links } = volumeList({ ...page, limit: 1 }, context, { detail: false });
    expect(links?.[0]?.href).toBe(`${base}/v3/demo/volumes?limit=1&marker=${volume.id}&name=a+b`);
  });

  test('is missing behind a page that is not full, or empty', () => {
    expect(volumeList({ ...page, limit: 2 }, context, { detail: true })).not.toHaveProperty('volumes_links');
    expect(volumeList({ ...page, volumes: [], limit: 0 }, context, { detail: true })).toEqual({ volumes: [] });
  });
});

describe('an explanation', () => {
  const explained: ExplainedVolume = {
    ...volume,
    imageId: '533ef249-e7e6-476f-ae5c-155c354defa4',
    failure: null,
    decision: null,
    placements: [],
    requestId: null,
    launchedAt: null,
    deletedAt: null,
  };
  const explain = (change: Partial<ExplainedVolume>) =>
    explanationView({ volume: { ...explained, ...change }, uses: [], claims: [] }, { isAdmin: false }).explanation;
  const failure = { code: 'backend.full', reason: 'the pool is full', detail: 'device sdb' } as const;

  test.each([
    [{ status: 'creating' }, 'It is being created from its image; nothing is decided yet.'],
    [{ status: 'creating', imageId: null }, 'It is being created, blank.'],
    [{ imageId: null }, 'A blank volume: no image was asked for.'],
    [{ status: 'error', failure }, 'Failed: the pool is full.'],
  ])('of %j says: %s', (change, sentence) => {
    const explanation = explain(change);
    expect(explanation.sentence).toBe(sentence);
    expect(explanationSchema.parse(explanation)).toEqual(explanation);
  });

  test("keeps operators' details from users", () => {
    expect(JSON.stringify(explain({ status: 'error', failure }))).not.toContain('sdb');
  });
});

describe('what a volume shows of its use', () => {
  const attachment = {
    id: '5c691874-6af8-4c60-a172-b126e730503e',
    status: 'attached',
    instanceId: '11111111-2222-3333-4444-555555555555',
    hostName: 'peer',
    mountpoint: '/dev/vdb',
    mode: 'rw',
    legacy: false,
    attachedAt: '2026-11-21T00:52:01.000Z',
  };
  const inUse = (change: Partial<VolumeFields>) => ({ ...volume, status: 'in-use', ...change });

  test('an attachment as Cinder shows it, its host to administrators alone', () => {
    const shown = volumeDetail(inUse({ attachments: [attachment] }), { ...admin, minor: 0 });
    expect(shown.attachments).toEqual([
      {
        id: volume.id,
        attachment_id: attachment.id,
        volume_id: volume.id,
        server_id: attachment.instanceId,
        host_name: 'peer',
        device: '/dev/vdb',
        attached_at: '2026-11-21T00:52:01.000000',
      },
    ]);
    expect(volumeDetailSchema.parse(shown)).toEqual(shown);
    const [seen] = volumeDetail(inUse({ attachments: [attachment] }), { ...member, minor: 0 }).attachments;
    expect(seen).toMatchObject({ attachment_id: attachment.id, host_name: null });
  });

  test('nothing of an attachment that is only on its way', () => {
    const reserved = { ...attachment, status: 'attaching', attachedAt: null };
    expect(volumeDetail(inUse({ attachments: [reserved] }), { ...member, minor: 0 }).attachments).toEqual([]);
  });

  test('readonly and the mode of the older actions stand among the metadata', () => {
    const metadataOf = (change: Partial<VolumeFields>) => volumeDetail(inUse(change), { ...member, minor: 0 }).metadata;
    expect(metadataOf({ readOnly: null })).toEqual({ k1: 'v1' });
    expect(metadataOf({ readOnly: true })).toEqual({ k1: 'v1', readonly: 'True' });
    expect(metadataOf({ readOnly: false, metadata: { readonly: 'mine' } })).toEqual({ readonly: 'False' });
    expect(metadataOf({ attachments: [attachment] })).toEqual({ k1: 'v1' });
    expect(metadataOf({ attachments: [{ ...attachment, legacy: true, mode: 'ro' }] })).toEqual({
      k1: 'v1',
      attached_mode: 'ro',
    });
  });
});

test('a key is named from 3.64 on, that a volume is encrypted always', () => {
  const encrypted = { ...volume, encryptionKeyId: '7d1a2b3c-0000-4000-8000-000000000001' };
  const before = volumeDetail(encrypted, { ...member, minor: 63 });
  expect(before).toMatchObject({ encrypted: true });
  expect(before).not.toHaveProperty('encryption_key_id');
  expect(volumeDetail(encrypted, { ...member, minor: 64 })).toHaveProperty(
    'encryption_key_id',
    encrypted.encryptionKeyId,
  );
  expect(volumeDetail(volume, { ...member, minor: 70 })).not.toHaveProperty('encryption_key_id');
});

test('volumes of one backend have one service, of another another, and of none none', () => {
  const serviceOf = (host: string | null) => {
    const { service_uuid: id } = volumeDetail({ ...volume, host }, { ...admin, minor: 48 }) as {
      service_uuid?: unknown;
    };
    return id;
  };
  expect(serviceOf('a@b#c')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(serviceOf('a@b#c')).toBe(serviceOf('a@b#d'));
  expect(serviceOf('a@b#c')).not.toBe(serviceOf('a@c#c'));
  expect(serviceOf(null)).toBeNull();
});
