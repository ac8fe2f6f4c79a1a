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

describe('the rest of what schemas say', () => {
  const rest: WireSchema = {
    type: 'object',
    properties: {
      word: { type: ['string', 'null'], enum: ['a', 'b'] },
      flag: { type: ['boolean', 'string'], enum: [true, 'True', false, 'False'] },
      list: { type: 'array', items: { type: 'string', maxLength: 2 }, minItems: 1, maxItems: 2, uniqueItems: true },
      one: { type: 'object', minProperties: 1, maxProperties: 1 },
      reset: { type: 'object', format: 'validate_volume_reset_body' },
      status: { type: ['string', 'null'], format: 'volume_status' },
      either: { type: 'object', anyOf: [{ required: ['x'] }, { required: ['y'] }] },
    },
  };
  const sentenceOf = (value: unknown): string | undefined => {
    try {
      checkWireSchema(value, rest);
      return undefined;
    } catch (error) {
      if (error instanceof FaultError && error.fault.status === 400) return error.fault.message;
      throw error;
    }
  };

  test.each([
    [
      {
        word: 'a',
        flag: 'True',
        list: ['a', 'b'],
        one: { x: 1 },
        reset: { status: 'error' },
        status: 'In-Use',
        either: { y: null },
      },
    ],
    [{ status: '', list: ['a'] }],
    [{ status: null, flag: false }],
  ])('%j is taken', (value) => {
    expect(sentenceOf(value)).toBeUndefined();
  });

  test.each([
    [{ word: null }, "Invalid input for field/attribute word. Value: None. None is not one of ['a', 'b']"],
    [
      { flag: 'maybe' },
      "Invalid input for field/attribute flag. Value: maybe. 'maybe' is not one of [True, 'True', False, 'False']",
    ],
    [{ flag: 1 }, "Invalid input for field/attribute flag. Value: 1. 1 is not of type 'boolean', 'string'"],
    [{ list: [] }, 'Invalid input for field/attribute list. Value: []. [] is too short'],
    [
      { list: ['a', 'b', 'c'] },
      "Invalid input for field/attribute list. Value: ['a', 'b', 'c']. ['a', 'b', 'c'] is too long",
    ],
    [
      { list: ['a', 'a'] },
      "Invalid input for field/attribute list. Value: ['a', 'a']. ['a', 'a'] has non-unique elements",
    ],
    [{ list: ['a', 'bbb'] }, "Invalid input for field/attribute 1. Value: bbb. 'bbb' is too long"],
    [{ list: {} }, "Invalid input for field/attribute list. Value: {}. {} is not of type 'array'"],
    [{ one: {} }, 'Invalid input for field/attribute one. Value: {}. {} does not have enough properties'],
    [
      { one: { x: 1, y: 2 } },
      "Invalid input for field/attribute one. Value: {'x': 1, 'y': 2}. {'x': 1, 'y': 2} has too many properties",
    ],
    [{ reset: {} }, "Must specify 'status', 'attach_status' or 'migration_status' for update."],
    [
      { either: {} },
      'Invalid input for field/attribute either. Value: {}. {} is not valid under any of the given schemas',
    ],
  ])('%j is refused', (value, sentence) => {
    expect(sentenceOf(value)).toBe(sentence);
  });

  test('a status that is none is refused with all there are', () => {
    expect(sentenceOf({ status: 'sleepy' })).toMatch(
      /^Volume status: sleepy is invalid, valid statuses are: \('creating', 'available', .*, 'extending'\)\.$/,
    );
  });
});

describe('texts that stand for something', () => {
  const standing: WireSchema = {
    type: 'object',
    properties: {
      limit: { type: ['integer', 'string'], pattern: '^[0-9]*$', minLength: 1, minimum: -1, maximum: 10 },
      name: { type: 'string', format: 'name' },
      trimmed: { type: 'string', format: 'name_skip_leading_trailing_spaces' },
      key_size: { type: ['string', 'integer', 'null'], format: 'key_size' },
      description: { type: ['string', 'null'], format: 'printable' },
    },
  };

  test.each([
    [{ limit: '10', name: ' a ', trimmed: ` ${'é'.repeat(255)} `, key_size: '256', description: 'ü ✓ 💾' }],
    [{ limit: -1, key_size: null, description: null }],
  ])('%j is taken', (value) => {
    expect(() => checkWireSchema(value, standing)).not.toThrow();
  });

  test.each([
    [{ limit: '11' }, 'Invalid input for field/attribute limit. Value: 11. 11 is greater than the maximum of 10'],
    [{ name: '' }, "An invalid 'name' value was provided. The 'name' can not be None."],
    [{ name: '  ' }, "An invalid 'name' value was provided. The 'name' can not be empty."],
    [
      { trimmed: 'é'.repeat(256) },
      "An invalid 'name' value was provided. The 'name' can not be greater than 255 characters.",
    ],
    [{ key_size: 'many' }, 'Invalid input received: key_size must be an integer.'],
    [
      { description: 'a\nb' },
      'Invalid input for field/attribute description. Value: a\nb. The text holds characters that cannot be printed.',
    ],
  ])('%j is refused', (value, sentence) => {
    expect(() => checkWireSchema(value, standing)).toThrow(sentence);
  });
});
