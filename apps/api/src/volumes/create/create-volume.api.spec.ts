import type { FaultError } from '@hearth/cinder-v3';
import { unavailable } from '@hearth/cinder-v3';
import { InMemoryEventStore, StoreUnavailableError } from '@hearth/event-sourcing';
import { imageIdentity } from '../../testing/fakes';
import { messageOf, TestApi, tokens } from '../../testing/test-api';
import { imageId, volumeType } from '../../testing/volume-rows';

const path = '/v3/demo/volumes';
const newest = { 'openstack-api-version': 'volume 3.70' };
let api: TestApi;

beforeEach(async () => {
  api = await TestApi.start();
});
afterEach(() => api.stop());

const create = (volume: object, headers: Record<string, string> = {}) => api.post(path, { volume }, { headers });

describe('202', () => {
  test('a blank volume is accepted and stands in the log before it is answered', async () => {
    const answer = await create({ size: 2, name: ' blank1 ', metadata: { k1: 'v1' } }, newest);
    expect(answer.status).toBe(202);
    const { volume } = answer.body as { volume: { id: string } };
    expect(volume).toMatchObject({ status: 'creating', size: 2, name: 'blank1', bootable: 'false', updated_at: null });
    const [commit] = await api.commits();
    expect(commit).toMatchObject({
      stream: { category: 'volume', id: volume.id },
      correlationId: answer.headers['x-openstack-request-id'],
      events: [{ type: 'VolumeRequested', data: { projectId: 'demo', userId: 'ann', image: null } }],
    });
    expect(api.quota.held).toContain(volume.id);
  });

  test('the trace that a gateway began goes on in the log; what is no trace context is passed over', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await create({ size: 1 }, { ...newest, traceparent });
    await create({ size: 1 }, { ...newest, traceparent: 'nonsense' });
    const [first, second] = (await api.commits()).slice(-2);
    expect(first?.traceparent).toBe(traceparent);
    expect(second?.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
  });

  test('what the stock client sends is taken', async () => {
    const sent = {
      size: 1,
      consistencygroup_id: null,
      snapshot_id: null,
      name: 'img1',
      description: null,
      volume_type: null,
      availability_zone: null,
      metadata: {},
      imageRef: imageId,
      source_volid: null,
      backup_id: null,
    };
    expect(await create(sent, newest)).toMatchObject({
      status: 202,
      body: { volume: { volume_type: volumeType.name } },
    });
    const [commit] = await api.commits();
    expect(commit).toMatchObject({ events: [{ data: { image: { id: imageId, diskFormat: 'raw' } } }] });
    expect(api.images.tokens).toEqual([tokens.member]);
    expect(JSON.stringify(commit)).not.toContain(tokens.member);
  });

  test('a size in digits, a key that nobody knows, a zone and a type by id are taken', async () => {
    const body = { size: '1', nonsense: true, availability_zone: 'west', volume_type: volumeType.id };
    const answer = await create(body);
    expect(answer).toMatchObject({ status: 202, body: { volume: { size: 1, availability_zone: 'west' } } });
  });

  test('the project may be left out of the path', async () => {
    const answer = await api.post('/v3/volumes', { volume: { size: 1 } });
    expect(answer.status).toBe(202);
    const { links } = (answer.body as { volume: { links: { href: string }[] } }).volume;
    expect(links[0]?.href).toContain('/v3/demo/volumes/');
  });

  test('the type that the image names is taken when the request names none', async () => {
    api.reads.types.push({ ...volumeType, id: '11111111-1111-4111-8111-111111111111', name: 'gold' });
    api.images.image = {
      status: 'active',
      identity: imageIdentity({ properties: { cinder_img_volume_type: 'gold' } }),
    };
    expect(await create({ size: 1, imageRef: imageId })).toMatchObject({ body: { volume: { volume_type: 'gold' } } });
  });

  test("the caller's own id of the request becomes the commit's cause, and is not sent back", async () => {
    const globalId = 'req-29327d15-e91b-4158-83df-079d946931d5';
    const answer = await create({ size: 1 }, { 'x-openstack-request-id': globalId });
    expect(answer.headers['x-openstack-request-id']).toMatch(/^req-[0-9a-f-]{36}$/);
    expect(answer.headers['x-openstack-request-id']).not.toBe(globalId);
    expect(answer.headers['x-compute-request-id']).toBe(answer.headers['x-openstack-request-id']);
    expect(await api.commits()).toMatchObject([{ causationId: globalId }]);
  });

  test('it is accepted although the rows are late', async () => {
    await api.stop();
    api = await TestApi.start({ services: { projected: async () => false } });
    expect((await create({ size: 1 })).status).toBe(202);
  });
});

test('a type that an image names is taken where the caller may use it, and is passed over elsewhere', async () => {
  const type = { ...volumeType, id: '11111111-1111-4111-8111-111111111111', name: 'fast' };
  const hidden = { ...type, id: '22222222-2222-4222-8222-222222222222', name: 'hidden', isPublic: false };
  api.reads.types.push(type, hidden);
  const typeFor = async (name: string) => {
    const identity = imageIdentity({ properties: { cinder_img_volume_type: name } });
    api.images.image = { status: 'active', identity };
    const { status, body } = await create({ size: 1, imageRef: imageId });
    return [status, (body as { volume?: { volume_type: string } }).volume?.volume_type];
  };
  expect(await typeFor('fast')).toEqual([202, 'fast']);
  for (const name of ['nope', 'hidden', type.id]) expect(await typeFor(name)).toEqual([202, '__DEFAULT__']);
});

describe('J.4: 400', () => {
  const sentences: readonly (readonly [title: string, volume: object, sentence: string | RegExp])[] = [
    ['no size', { name: 'nosize' }, /^The server could not comply with the request since it is either malformed/],
    [
      'a size of zero',
      { size: 0 },
      'Invalid input for field/attribute size. Value: 0. 0 is less than the minimum of 1',
    ],
    ['a negative size', { size: -1 }, /Value: -1\. -1 is less than the minimum of 1$/],
    ['a fraction', { size: 1.5 }, /^Invalid input for field\/attribute size\. Value: 1\.5\. 1\.5 is not of type/],
    ['a huge size', { size: 1e12 }, /is greater than the maximum of 2147483647$/],
    ['huge digits', { size: '99999999999' }, /is greater than the maximum of 2147483647$/],
    ['digits that are zero', { size: '0' }, /is less than the minimum of 1$/],
    ['an unknown zone', { size: 1, availability_zone: 'nope' }, "Availability zone 'nope' is invalid."],
    ['an unknown image', { size: 1, imageRef: '00000000-0000-0000-0000-00000000dead' }, /^Invalid image identifier or/],
    ['a name with NUL', { size: 1, name: 'a\0b' }, /cannot be stored/],
    ['half a character', { size: 1, metadata: { k: '\ud800' } }, /cannot be stored/],
    [
      'too many pairs',
      { size: 1, metadata: Object.fromEntries([...Array(129).keys()].map((n) => [`k${n}`, ''])) },
      /129/,
    ],
    [
      'multiattach',
      { size: 1, multiattach: true },
      /^multiattach parameter has been removed\. The default behavior is to use/,
    ],
  ];

  test.each(sentences)('%s is refused', async (_title, volume, sentence) => {
    const answer = await create(volume);
    expect(answer).toMatchObject({ status: 400, body: { badRequest: { code: 400 } } });
    if (typeof sentence === 'string') expect(messageOf(answer)).toBe(sentence);
    else expect(messageOf(answer)).toMatch(sentence);
    expect(await api.commits()).toHaveLength(0);
  });

  test('an encrypted type is refused where nobody keeps keys', async () => {
    const at = '2026-11-21T00:00:00.000Z';
    const spec = { provider: 'luks', cipher: null, keySize: null, controlLocation: 'front-end' as const };
    const encryption = { encryptionId: 'x', ...spec, createdAt: at, updatedAt: null };
    api.reads.types.push({ ...volumeType, id: '11111111-1111-4111-8111-111111111111', name: 'secret', encryption });
    const answer = await create({ size: 1, volume_type: 'secret' });
    expect([answer.status, messageOf(answer)]).toEqual([400, expect.stringContaining('no key manager is configured')]);
    expect(await api.commits()).toHaveLength(0);
  });

  const GiB = 2 ** 30;
  const images = [
    ['an image that is not active', { status: 'queued' }, {}, /^Invalid input received: Image .* is not active\.$/],
    [
      'more bytes than fit',
      {},
      { sizeBytes: GiB + 1 },
      /Size of specified image 2GB is larger than volume size 1GB\.$/,
    ],
    ['a min_disk that is larger', {}, { minDiskGib: 5 }, /smaller than the image minDisk size 5GB\.$/],
    ['a virtual size that does not fit', {}, { virtualSizeBytes: 3 * GiB }, /virtual size is 3GB and doesn't fit/],
    ['a property that cannot be stored', {}, { properties: { a: '\0' } }, /cannot be stored/],
    [
      'properties that no commit could hold',
      {},
      { properties: { note: 'x'.repeat(131_072) } },
      /^Invalid input received: Image .* has more properties than a volume can keep: together they may take 131072 bytes\.$/,
    ],
  ] as const;

  test.each(images)('%s is refused', async (_title, seen, identity, sentence) => {
    api.images.image = { status: 'active', identity: imageIdentity(identity), ...seen };
    const answer = await create({ size: 1, imageRef: imageId });
    expect([answer.status, messageOf(answer)]).toEqual([400, expect.stringMatching(sentence)]);
    expect(await api.commits()).toHaveLength(0);
  });

  test('a key that nobody knows is refused from 3.53 on', async () => {
    const answer = await create({ size: 1, nonsense: true }, newest);
    expect([answer.status, messageOf(answer)]).toEqual([400, expect.stringContaining("('nonsense' was unexpected)")]);
  });
});

describe('403', () => {
  test('a reader makes nothing', async () => {
    const answer = await api.post(path, { volume: { size: 1 } }, { token: tokens.reader });
    expect(answer).toMatchObject({ status: 403, body: { forbidden: { code: 403 } } });
  });
});

describe('404', () => {
  test('a type that is not public is as unknown as one that does not exist', async () => {
    api.reads.types.push({
      ...volumeType,
      id: '11111111-1111-4111-8111-111111111111',
      name: 'secret',
      isPublic: false,
    });
    for (const name of ['secret', 'nope']) {
      const answer = await create({ size: 1, volume_type: name });
      expect([answer.status, messageOf(answer)]).toEqual([404, `Volume type with name ${name} could not be found.`]);
    }
  });
});

describe('J.4: 413', () => {
  test('over quota says what was asked and what is left, and stores nothing', async () => {
    api.quota.exceeded = { exceeded: 'per_volume_gigabytes', limit: 3, used: 0, requested: 5 };
    const answer = await create({ size: 5 });
    expect(answer).toMatchObject({ status: 413, headers: { 'retry-after': '0' } });
    expect(messageOf(answer)).toContain('Requested volume size 5G is larger than maximum allowed limit 3G.');
    expect(await api.commits()).toHaveLength(0);
  });

  test('a body beyond the limit is not read', async () => {
    const answer = await create({ size: 1, description: 'x'.repeat(1_048_576) });
    expect(answer).toMatchObject({ status: 413, body: { overLimit: { code: 413 } } });
  });
});

describe('415', () => {
  test('a body of another type is refused', async () => {
    const answer = await api.post(path, 'volume=1', { headers: { 'content-type': 'text/plain' } });
    expect(answer).toMatchObject({ status: 415, body: { badMediaType: { code: 415 } } });
  });
});

describe('500', () => {
  test('a default type that is missing is named', async () => {
    api.reads.types = [];
    const answer = await create({ size: 1 });
    expect([answer.status, messageOf(answer)]).toEqual([500, expect.stringContaining('__DEFAULT__')]);
  });

  test('what nobody foresaw is logged, and the client gets its id alone', async () => {
    api.reads.failure = new Error('inner detail');
    const answer = await create({ size: 1 });
    expect(answer).toMatchObject({ status: 500, body: { computeFault: { code: 500 } } });
    expect(messageOf(answer)).toContain(String(answer.headers['x-openstack-request-id']));
    expect(answer.text).not.toContain('inner detail');
    expect(api.lines.join('')).toContain('inner detail');
  });
});

describe('503', () => {
  test('the image service is away', async () => {
    api.images.failure = unavailable('The image service cannot be reached.') satisfies FaultError;
    const answer = await create({ size: 1, imageRef: imageId });
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
  });

  test('the log is away: the room that was held is given back', async () => {
    await api.stop();
    const store = new InMemoryEventStore();
    store.append = () => Promise.reject(new StoreUnavailableError('no answer'));
    api = await TestApi.start({ services: { store } });
    const answer = await create({ size: 1 });
    expect(answer).toMatchObject({ status: 503, body: { serviceUnavailable: { code: 503 } } });
    expect(answer.headers['retry-after']).toBe('1');
    expect(api.quota.held.size).toBe(0);
  });
});
