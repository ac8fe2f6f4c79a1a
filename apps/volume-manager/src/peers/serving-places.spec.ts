import { ServingPlaces } from './serving-places';

/** How many of these servings get a place, none of which ends. */
function taken(max: number, servings: readonly { peer: string; copy: string }[]): number {
  const places = new ServingPlaces(max);
  return servings.filter((serving) => places.take(serving)).length;
}
const ten = Array.from({ length: 10 }, (_, index) => `${index}`);
const ofOnePeer = ten.map((copy) => ({ peer: 'store-02', copy }));
const ofOneCopy = ten.map((peer) => ({ peer, copy: 'a' }));
const ofAll = ten.map((name) => ({ peer: name, copy: name }));

test.each([
  { max: 1, all: 1, onePeer: 1, oneCopy: 1 },
  { max: 2, all: 2, onePeer: 1, oneCopy: 2 },
  { max: 3, all: 3, onePeer: 1, oneCopy: 2 },
  { max: 8, all: 8, onePeer: 4, oneCopy: 7 },
])('of $max places there are $onePeer for one peer and $oneCopy for one copy', ({ max, all, onePeer, oneCopy }) => {
  expect(taken(max, ofAll)).toBe(all);
  expect(taken(max, ofOnePeer)).toBe(onePeer);
  expect(taken(max, ofOneCopy)).toBe(oneCopy);
});

test('a place that was given back is there for the next, and counts once', () => {
  const places = new ServingPlaces(2);
  const [serving, other, third] = ofAll as [(typeof ofAll)[0], (typeof ofAll)[0], (typeof ofAll)[0]];
  const place = places.take(serving);
  expect(places.hasRoomFor(serving.peer)).toBe(false);
  expect(places.take(other)).toBeDefined();
  place?.leave();
  place?.leave();
  expect(places.hasRoomFor(serving.peer)).toBe(true);
  expect(places.take(serving)).toBeDefined();
  expect(places.take(third)).toBeUndefined();
});
