import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { GlanceImageCatalogue } from './glance.image-catalogue';
import { imagesAtOnceMax } from './image-catalogue';
import { ImageServiceError, type ImageServiceProblem } from './image-service';
import { shownImage } from './glance.record';

const recordOf = (id: string, patch: Record<string, unknown> = {}) => ({
  ...{ id, status: 'active', updated_at: '2026-01-03T00:00:00Z', created_at: '2026-01-02T00:00:00Z', name: 'debian' },
  ...patch,
});
const ids = (count: number) => Array.from({ length: count }, () => randomUUID());

/** A Glance of which single answers are scripted: pages in their order, and images that lists leave out. */
function glance(pages: readonly unknown[], shown: Readonly<Record<string, ImageServiceProblem | 'shown'>> = {}) {
  const asked: string[] = [];
  const script = [...pages];
  const catalogue = new GlanceImageCatalogue({
    record: async <Schema extends z.ZodType>(path: string, schema: Schema) => {
      asked.push(decodeURIComponent(path));
      const page = script.shift();
      if (page instanceof Error) throw page;
      return schema.parse(page);
    },
    show: async (id) => {
      asked.push(id);
      const problem = shown[id] ?? 'not-found';
      if (problem === 'shown') return shownImage(recordOf(id, { os_hidden: true }));
      throw new ImageServiceError(problem, problem);
    },
  });
  return { catalogue, asked };
}

describe('images that are asked after', () => {
  test('come in one request, and those that the list leaves out one by one', async () => {
    const [one = '', hidden = '', gone = '', forbidden = ''] = ids(4);
    const { catalogue, asked } = glance([{ images: [recordOf(one, { status: 'deactivated' })] }], {
      [hidden]: 'shown',
      [forbidden]: 'forbidden',
    });
    const looks = await catalogue.look([one, hidden, gone, forbidden]);
    expect(looks.get(one)).toMatchObject({ status: 'deactivated' });
    expect(looks.get(hidden)).toMatchObject({ status: 'active' });
    expect([looks.get(gone), looks.get(forbidden)]).toEqual(['absent', 'forbidden']);
    expect(asked).toEqual([
      `/v2/images?id=in:${[one, hidden, gone, forbidden].join(',')}&limit=50`,
      hidden,
      gone,
      forbidden,
    ]);
  });

  test.each<ImageServiceProblem>(['away', 'forbidden', 'nonsense', 'not-found'])(
    'are not absent where the list itself is %s',
    async (problem) => {
      const { catalogue } = glance([new ImageServiceError(problem, 'no list')]);
      await expect(catalogue.look(ids(2))).rejects.toMatchObject({ problem });
    },
  );

  test('are not absent where one of them could not be asked after', async () => {
    const [gone = '', unknown = ''] = ids(2);
    const { catalogue } = glance([{ images: [] }], { [unknown]: 'away' });
    await expect(catalogue.look([gone, unknown])).rejects.toMatchObject({ problem: 'away' });
  });

  test('none is no request, and too many are refused', async () => {
    const { catalogue, asked } = glance([]);
    expect((await catalogue.look([])).size).toBe(0);
    await expect(catalogue.look(ids(imagesAtOnceMax + 1))).rejects.toThrow('at most 50 images');
    expect(asked).toEqual([]);
  });
});

describe('a list', () => {
  const read = async (list: AsyncIterable<{ identity: { id: string } }>, count = Infinity) => {
    const found: string[] = [];
    for await (const { identity } of list) {
      found.push(identity.id);
      if (found.length >= count) break;
    }
    return found;
  };

  test('is read page by page, and no further than somebody reads', async () => {
    const [one = '', two = '', three = ''] = ids(3);
    const pages = [
      { images: [recordOf(one), recordOf(two)], next: '/v2/images?marker=x' },
      { images: [recordOf(three)] },
    ];
    const all = glance(pages);
    expect(await read(all.catalogue.list({}))).toEqual([one, two, three]);
    const query = '/v2/images?status=active&sort=created_at:desc&limit=100';
    expect(all.asked).toEqual([query, `${query}&marker=${two}`]);
    const some = glance(pages);
    expect(await read(some.catalogue.list({}), 2)).toEqual([one, two]);
    expect(some.asked).toHaveLength(1);
  });

  test('says when an image was made, by its last change where that is not told', async () => {
    const { catalogue } = glance([{ images: [recordOf(randomUUID()), recordOf(randomUUID(), { created_at: null })] }]);
    const made: string[] = [];
    for await (const { createdAt } of catalogue.list({})) made.push(createdAt);
    expect(made).toEqual(['2026-01-02T00:00:00Z', '2026-01-03T00:00:00Z']);
  });

  test('is narrowed by name and properties, but by nothing that would mean something else', async () => {
    const { catalogue, asked } = glance(Array.from({ length: 4 }, () => ({ images: [] })));
    const tricky = { os_distro: 'debian', limit: '1', marker: 'x', status: 'queued', tag: 'x', os_version: 'gte:12' };
    await read(catalogue.list({ name: 'a&b=c', properties: tricky }));
    await read(catalogue.list({ name: 'in:a,b' }));
    await read(catalogue.list({ properties: { visibility: 'nobody knows' }, onlyPublic: false }));
    await read(catalogue.list({ name: 'a', onlyPublic: true }));
    const rest = 'status=active&sort=created_at:desc&limit=100';
    expect(asked).toEqual([
      `/v2/images?name=a&b=c&os_distro=debian&${rest}`,
      `/v2/images?${rest}`,
      `/v2/images?${rest}`,
      `/v2/images?name=a&visibility=public&${rest}`,
    ]);
  });

  test('that begins anew with every page has an end', async () => {
    const page = { images: [recordOf(randomUUID())], next: '/v2/images?marker=x' };
    const { catalogue } = glance([page, page, page]);
    await expect(read(catalogue.list({}))).rejects.toThrow('shows the same page again');
  });
});
