import { FaultError } from '../fault';
import { checkWireSchema, type WireSchema } from './wire-schema';

const schema: WireSchema = {
  type: 'object',
  properties: {
    id: { type: ['string', 'null'], format: 'uuid' },
    count: { type: 'integer', minimum: 1, maximum: 3 },
    flag: { type: 'boolean' },
    name: { type: 'string', minLength: 1, maxLength: 3 },
    tags: { type: 'object', patternProperties: { '^[a-z]+$': { type: 'string' } }, additionalProperties: false },
  },
  required: ['count'],
  additionalProperties: false,
};

const problemOf = (value: unknown): string | undefined => {
  try {
    checkWireSchema(value, schema);
    return undefined;
  } catch (error) {
    if (error instanceof FaultError && error.fault.status === 400) return error.fault.message;
    throw error;
  }
};

test.each([
  [{ count: 1 }],
  [{ count: 3, id: null, flag: false, name: '🙂🙂🙂', tags: { a: '' } }],
  [{ count: 2, id: '533EF249-e7e6-476f-ae5c-155c354defa4' }],
])('%j is taken', (value) => {
  expect(problemOf(value)).toBeUndefined();
});

test.each([
  [{}, "'count' is a required property"],
  [[], "[] is not of type 'object'"],
  [{ count: 4 }, 'Invalid input for field/attribute count. Value: 4. 4 is greater than the maximum of 3'],
  [{ count: true }, "Invalid input for field/attribute count. Value: True. True is not of type 'integer'"],
  [{ count: 1, name: '' }, "Invalid input for field/attribute name. Value: . '' is too short"],
  [{ count: 1, name: "it's" }, 'Invalid input for field/attribute name. Value: it\'s. "it\'s" is too long'],
  [{ count: 1, id: 'x' }, "Invalid input for field/attribute id. Value: x. 'x' is not a 'uuid'"],
  [{ count: 1, a: 1 }, "Additional properties are not allowed ('a' was unexpected)"],
  [{ count: 1, constructor: 1 }, "Additional properties are not allowed ('constructor' was unexpected)"],
  [{ count: 1, a: 1, b: 2 }, "Additional properties are not allowed ('a', 'b' were unexpected)"],
  [
    { count: 1, tags: { A: 'x' } },
    "Invalid input for field/attribute tags. Value: {'A': 'x'}. 'A' does not match any of the regexes: '^[a-z]+$'",
  ],
  [
    { count: 1, tags: { a: { b: [null, 1.5, false] } } },
    "Invalid input for field/attribute a. Value: {'b': [None, 1.5, False]}. {'b': [None, 1.5, False]} is not of type 'string'",
  ],
])('%j is refused', (value, sentence) => {
  expect(problemOf(value)).toBe(sentence);
});

test('what a client sent is echoed in part only', () => {
  expect(problemOf({ count: 1, name: 'x'.repeat(100_000) })!.length).toBeLessThan(2_200);
});
