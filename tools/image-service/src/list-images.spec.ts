import type { Image } from './image.catalogue';
import { describeImage } from './image-record';
import { listImages } from './list-images';
import type { Sidecar } from './sidecar';

const admin = { projectId: 'ops', isAdmin: true };
const demo = { projectId: 'demo', isAdmin: false };

function image(name: string, sidecar: Sidecar = {}, sizeBytes = 1): Image {
  const formats = { diskFormat: 'raw', containerFormat: 'bare' as const };
  const facts = { fileName: name, sizeBytes, modifiedAtMs: 0, ...formats, virtualSizeBytes: sizeBytes };
  const record = describeImage(facts, { name, ...sidecar }, { md5: '', sha512: '' });
  return { record, members: sidecar.members ?? [], path: name, fileVersion: '' };
}

const names = (images: readonly Image[], query: string, caller = admin): string[] =>
  listImages(images, new URLSearchParams(query), caller).images.map(({ name }) => name);

const some = [
  image('public'),
  image('mine', { visibility: 'private', owner: 'demo' }),
  image('theirs', { visibility: 'private', owner: 'other' }),
  image('shared', { visibility: 'shared', owner: 'other', members: ['demo'] }),
  image('community', { visibility: 'community', owner: 'other' }),
  image('hidden', { os_hidden: true }),
];

test('a project sees what is public, its own and shared with it', () => {
  expect(names(some, 'sort=name:asc', demo)).toEqual(['mine', 'public', 'shared']);
});

test('an administrator sees all that is not hidden, and what is hidden when asking for it', () => {
  expect(names(some, 'sort=name:asc')).toEqual(['community', 'mine', 'public', 'shared', 'theirs']);
  expect(names(some, 'os_hidden=true')).toEqual(['hidden']);
});

test('community images of others are listed when asked for', () => {
  expect(names(some, 'visibility=community', demo)).toEqual(['community']);
});

test('fields, lists of values, sizes, tags and properties filter', () => {
  const images = [
    image('a', { tags: ['x'] }, 10),
    image('b', { properties: { os_distro: 'debian' } }, 20),
    image('c', {}, 30),
  ];
  expect(names(images, 'name=b')).toEqual(['b']);
  expect(names(images, 'name=in:a,"c"&sort=name:asc')).toEqual(['a', 'c']);
  expect(names(images, 'size_min=15&size_max=25')).toEqual(['b']);
  expect(names(images, 'tag=x')).toEqual(['a']);
  expect(names(images, 'os_distro=debian')).toEqual(['b']);
  expect(names(images, 'constructor=x')).toEqual([]);
});

test('pages follow each other without a gap or a repetition', () => {
  const images = ['a', 'b', 'c', 'd', 'e'].map((name) => image(name));
  const seen: string[] = [];
  let marker = '';
  for (let page = 0; page < 3; page++) {
    const { images: records, nextMarker } = listImages(
      images,
      new URLSearchParams(`limit=2&sort=name:asc${marker}`),
      admin,
    );
    seen.push(...records.map(({ name }) => name));
    marker = `&marker=${nextMarker}`;
  }
  expect(seen).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(marker).toBe('&marker=undefined');
});

test.each(['limit=-1', 'limit=x', 'marker=nobody', 'sort=colour:asc', 'sort=name:up'])('%s is refused', (query) =>
  expect(() => names(some, query)).toThrow(expect.objectContaining({ status: 400 })),
);
