import { FaultError } from '@hearth/cinder-v3';
import { EventEmitter } from 'node:events';
import { RequestsInFlight } from './requests-in-flight';

const refused: string[] = [];
const enter = (inFlight: RequestsInFlight, project?: string) => {
  const answer = new EventEmitter();
  const place = inFlight.enter(answer);
  if (project) place.belongTo(project);
  return { close: () => answer.emit('close') };
};
const bounded = () =>
  new RequestsInFlight({ requestsInFlightMax: 3, requestsInFlightPerProjectMax: 2 }, (reason) => refused.push(reason));

beforeEach(() => refused.splice(0));

test('what is beyond all places is refused, until an answer has ended', () => {
  const inFlight = bounded();
  const [first] = [enter(inFlight), enter(inFlight), enter(inFlight)];
  expect(() => enter(inFlight)).toThrow(FaultError);
  first.close();
  expect(() => enter(inFlight)).not.toThrow();
  expect(refused).toEqual(['requests']);
});

test('whose connection went before it was known whose the request is takes no place', () => {
  const inFlight = bounded();
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const answer = new EventEmitter();
    const place = inFlight.enter(answer);
    answer.emit('close');
    place.belongTo('hasty');
  }
  expect(() => enter(inFlight, 'hasty')).not.toThrow();
  expect(refused).toEqual([]);
});

test('one project leaves places to the others, and a refused request gives its own back', () => {
  const inFlight = bounded();
  const [first] = [enter(inFlight, 'greedy'), enter(inFlight, 'greedy')];
  const third = new EventEmitter();
  expect(() => inFlight.enter(third).belongTo('greedy')).toThrow('As many requests of the project as can be');
  third.emit('close');
  expect(() => enter(inFlight, 'modest')).not.toThrow();
  first.close();
  expect(() => enter(inFlight, 'greedy')).not.toThrow();
  expect(refused).toEqual(['requests_of_project']);
});
