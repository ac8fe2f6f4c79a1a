import type { Random } from '@hearth/image-format/testing';

/** The largest body that the api reads, and one byte; see `bodyMaxBytes`. */
const tooLarge = 1_048_577;

/** Bodies that are no JSON, hardly any, or too much of it; `json` is one that would do. */
export function rawBody(json: string, random: Random): Buffer {
  const make = random.pick(makers);
  const made = make(json, random);
  return typeof made === 'string' ? Buffer.from(made) : made;
}

const makers: readonly ((json: string, random: Random) => string | Buffer)[] = [
  () => '{',
  () => 'null',
  () => '[]',
  () => '"text"',
  () => '1e400',
  () => '[1,]',
  () => '{"a":1,"a":2}',
  () => "{'a': 1}",
  () => '\ufeff{}',
  () => `{"volume":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`,
  () => '['.repeat(100_000),
  () => `{"volume":{"size":1,"name":"${'x'.repeat(500_000)}"}}`,
  () => `{"volume":{"size":${'9'.repeat(100_000)}}}`,
  () => `{"volume":{"metadata":{${Array.from({ length: 20_000 }, (_, at) => `"k${at}":"v"`).join(',')}}}}`,
  () => Buffer.alloc(tooLarge, 'x'),
  () => Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
  () => Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]),
  (json) => json.slice(0, json.length >> 1),
  (json) => `${json}${json}`,
  // The same key twice: the last one counts, and nothing of the first may be left.
  (json) => json.replace(/^\{("[^"]*"):/, '{$1:null,$1:'),
  (json) => json.replaceAll('"', '\\"'),
  (json, random) => {
    const bytes = Buffer.from(json);
    if (bytes.length > 0) bytes[random.below(bytes.length)] = random.below(256);
    return bytes;
  },
];
