import { randomUUID } from 'node:crypto';
import { type DatabaseApi, startDatabaseApi } from '../testing/database-api';
import { tokens } from '../testing/test-api';

let house: DatabaseApi;
beforeAll(async () => {
  house = await startDatabaseApi();
}, 60_000);
afterAll(() => house.stop());

const admin = { token: tokens.admin };
const qosSpecs = (rest = '') => `/v3/operators/qos-specs${rest}`;

interface Qos {
  readonly id: string;
  readonly name: string;
}

async function givenQos(fields: object = {}): Promise<Qos> {
  const { status, body } = await house.api.post(
    qosSpecs(),
    { qos_specs: { name: `qos ${randomUUID()}`, ...fields } },
    admin,
  );
  expect(status).toBe(200);
  return (body as { qos_specs: Qos }).qos_specs;
}

async function givenType(): Promise<{ readonly id: string; readonly name: string }> {
  const { body } = await house.api.post('/v3/operators/types', { volume_type: { name: randomUUID() } }, admin);
  return (body as { volume_type: { id: string; name: string } }).volume_type;
}

test('specs are created with a consumer, and shown with links', async () => {
  const created = await house.api.post(
    qosSpecs(),
    { qos_specs: { name: ' fast ', consumer: 'front-end', total_iops_sec: '500' } },
    admin,
  );
  const { id } = (created.body as { qos_specs: Qos }).qos_specs;
  expect(created.body).toEqual({
    qos_specs: { id, name: 'fast', consumer: 'front-end', specs: { total_iops_sec: '500' } },
    links: [
      { rel: 'self', href: expect.stringMatching(new RegExp(`/v3/operators/qos-specs/${id}$`)) },
      { rel: 'bookmark', href: expect.stringMatching(new RegExp(`/operators/qos-specs/${id}$`)) },
    ],
  });
  expect((await house.api.get(qosSpecs(`/${id}`), admin)).body).toEqual(created.body);
  expect((await house.api.post(qosSpecs(), { qos_specs: { name: 'fast' } }, admin)).body).toEqual({
    conflictingRequest: { code: 409, message: 'QoS Specs fast already exists.' },
  });
});

test('the back end consumes unless told', async () => {
  expect(await givenQos()).toMatchObject({ consumer: 'back-end', specs: {} });
});

test('keys are set and taken out; where one is missing, none is', async () => {
  const { id } = await givenQos({ a: '1', b: '2' });
  const set = { qos_specs: { b: '3', c: '4', consumer: 'both' } };
  expect((await house.api.put(qosSpecs(`/${id}`), set, admin)).body).toEqual(set);
  const missing = await house.api.put(qosSpecs(`/${id}/delete_keys`), { keys: ['a', 'nothing'] }, admin);
  expect(missing.body).toEqual({
    itemNotFound: { code: 404, message: `QoS spec ${id} has no spec with key nothing.` },
  });
  expect((await house.api.put(qosSpecs(`/${id}/delete_keys`), { keys: ['a'] }, admin)).status).toBe(202);
  expect((await house.api.get(qosSpecs(`/${id}`), admin)).body).toMatchObject({
    qos_specs: { consumer: 'both', specs: { b: '3', c: '4' } },
  });
});

test('types are associated with one, and only with one', async () => {
  const [one, other, type] = [await givenQos(), await givenQos(), await givenType()];
  const ask = (id: string, verb: string) => house.api.get(qosSpecs(`/${id}/${verb}?vol_type_id=${type.id}`), admin);
  expect((await ask(one.id, 'associate')).status).toBe(202);
  expect((await ask(one.id, 'associate')).status).toBe(202);
  expect((await ask(other.id, 'associate')).body).toEqual({
    badRequest: {
      code: 400,
      message: `Invalid volume type: Type ${type.id} is already associated with another qos specs: ${one.id}`,
    },
  });
  expect((await house.api.get(qosSpecs(`/${one.id}/associations`), admin)).body).toEqual({
    qos_associations: [{ association_type: 'volume_type', name: type.name, id: type.id }],
  });
  expect((await house.api.get(`/v3/operators/types/${type.id}`, admin)).body).toMatchObject({
    volume_type: { qos_specs_id: one.id },
  });
  expect((await ask(one.id, 'disassociate')).status).toBe(202);
  expect((await house.api.get(qosSpecs(`/${one.id}/associations`), admin)).body).toEqual({ qos_associations: [] });
});

test('specs that types have are deleted by force, or when no type has them any more', async () => {
  const [forced, freed, type] = [await givenQos(), await givenQos(), await givenType()];
  const associate = (id: string) => house.api.get(qosSpecs(`/${id}/associate?vol_type_id=${type.id}`), admin);
  await associate(freed.id);
  expect((await house.api.delete(qosSpecs(`/${freed.id}`), admin)).body).toEqual({
    badRequest: { code: 400, message: 'Qos specs still in use.' },
  });
  expect((await house.api.get(qosSpecs(`/${freed.id}/disassociate_all`), admin)).status).toBe(202);
  expect((await house.api.delete(qosSpecs(`/${freed.id}`), admin)).status).toBe(202);
  await associate(forced.id);
  expect((await house.api.delete(qosSpecs(`/${forced.id}?force=True`), admin)).status).toBe(202);
  expect((await house.api.get(qosSpecs(`/${forced.id}`), admin)).body).toEqual({
    itemNotFound: { code: 404, message: `No such QoS spec ${forced.id}.` },
  });
});

test('lists are narrowed and come in pages', async () => {
  const { id, name } = await givenQos({ consumer: 'both' });
  const list = async (query: string) => {
    const { body } = await house.api.get(qosSpecs(query), admin);
    return body as { qos_specs: Qos[]; qos_specs_links?: object[] };
  };
  expect((await list(`?name=${encodeURIComponent(name)}`)).qos_specs).toMatchObject([{ id }]);
  expect((await list('?consumer=both&limit=1')).qos_specs_links).toHaveLength(1);
  expect((await list('?nonsense=1')).qos_specs).toEqual([]);
});

test.each([
  ['', { name: '' }],
  ['', { name: 'x'.repeat(256) }],
  ['', { name: 'a\0b' }],
  ['', { name: 'x', consumer: 'nobody' }],
  ['', { name: 'x', consumer: ['both'] }],
  ['', { name: 'x', key: 1 }],
  ['', { name: 'x', key: 'v'.repeat(256) }],
  ['', { name: 'x', '': 'v' }],
  ['', {}],
])('%s %j is refused with 400', async (_, fields) => {
  expect((await house.api.post(qosSpecs(), { qos_specs: fields }, admin)).status).toBe(400);
});

test('what is not there is not found, and nobody but administrators is let in', async () => {
  const none = randomUUID();
  for (const rest of [`/${none}`, '/nonsense', `/${none}/associations`, `/${none}/disassociate_all`]) {
    expect((await house.api.get(qosSpecs(rest), admin)).status).toBe(404);
  }
  expect((await house.api.put(qosSpecs(`/${none}`), { qos_specs: { a: 'b' } }, admin)).status).toBe(404);
  const { id } = await givenQos();
  expect((await house.api.get(qosSpecs(`/${id}/associate`), admin)).status).toBe(400);
  expect((await house.api.get(qosSpecs(`/${id}/associate?vol_type_id=${none}`), admin)).status).toBe(404);
  expect((await house.api.get(`/v3/demo/qos-specs/${id}`)).status).toBe(403);
});
