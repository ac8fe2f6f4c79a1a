/** What of an answer is held against the recording. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** What tenants and operators write themselves: keys are theirs. */
const dictionaries = [
  'metadata',
  'volume_image_metadata',
  'extra_specs',
  'capabilities',
  'levels',
  'connection_info',
  'data',
];

/** Fields whose values are of this day and this place: moments, ids, hosts, secrets, and what a backend says of itself. */
const accidental =
  /_at$|(^|_)(id|uuid|host)$|:host$|^(href|auth_key|namespace|vendor_name|volume_backend_name|driver_version|storage_protocol)$/;

/** Statuses that a volume is in for a moment only. */
const passing = ['creating', 'downloading', 'deleting', 'extending', 'uploading', 'retyping', 'reverting', 'restoring'];

/** Every difference between an answer and the recording, as a sentence with its place; empty when a client sees none. */
export function differencesBetween(recorded: Answer, found: Answer): string[] {
  const differences: string[] = [];
  if (found.status !== recorded.status) differences.push(`status ${found.status} instead of ${recorded.status}`);
  differences.push(...headersThatDiffer(recorded, found));
  if (found.status === recorded.status) differences.push(...bodiesThatDiffer(recorded.body, found.body, ''));
  return differences;
}

/** Clients look at these alone; of ids they only use that there is one. */
function headersThatDiffer({ headers: wanted, body }: Answer, { headers }: Answer): string[] {
  return Object.entries(wanted).flatMap(([name, value]) => {
    const key = name.toLowerCase();
    const found = headers[key];
    // The type of no content says nothing.
    if (key === 'content-type' && body === null) return [];
    if (found === undefined) return [`no header ${name}`];
    if (key.endsWith('request-id') || key === 'www-authenticate') return [];
    const same = key === 'content-type' ? found.split(';')[0] === value.split(';')[0] : found === value;
    return same ? [] : [`header ${name} is ${found} instead of ${value}`];
  });
}

/** Of lists each item is held against the recorded ones. */
function bodiesThatDiffer(wanted: unknown, found: unknown, place: string): string[] {
  if (wanted === null && found === null) return [];
  if (Array.isArray(wanted)) return listsThatDiffer(wanted, found, place);
  if (kindOf(wanted) !== kindOf(found)) return [`${place} is ${kindOf(found)} instead of ${kindOf(wanted)}`];
  if (typeof wanted !== 'object') return valuesThatDiffer(wanted, found, place);
  return membersThatDiffer(wanted as Members, found as Members, place);
}

function listsThatDiffer(wanted: readonly unknown[], found: unknown, place: string): string[] {
  if (!Array.isArray(found)) return [`${place} is ${kindOf(found)} instead of a list`];
  if (wanted.length === 0) return [];
  if (found.length === 0) return [`${place} is empty`];
  return found.flatMap((item) => leastOf(wanted.map((one) => itemsThatDiffer(one, item, place))));
}

function itemsThatDiffer(wanted: unknown, found: unknown, place: string): string[] {
  return bodiesThatDiffer(wanted, found, `${place}[]`).filter(isNoValue);
}

/** An item has the form of a recorded one: of the one that it is most like. */
const leastOf = (differences: readonly string[][]): string[] =>
  differences.reduce((least, one) => (one.length < least.length ? one : least));

/** Which items a list holds is not compared: their values are not either. */
const isNoValue = (difference: string) => !difference.includes(' instead of the value ');

/** Only volumes of images have these; our own extensions come and go. */
const isOptional = (name: string) => name === 'volume_image_metadata' || name.startsWith('hearth:');

type Members = Readonly<Record<string, unknown>>;

function membersThatDiffer(wanted: Members, found: Members, place: string): string[] {
  const missing = Object.keys(wanted).filter((name) => !Object.hasOwn(found, name) && !isOptional(name));
  const more = Object.keys(found).filter((name) => !Object.hasOwn(wanted, name) && !isOptional(name));
  return [
    ...missing.map((name) => `${place}.${name} is missing`),
    ...more.map((name) => `${place}.${name} is not in the recording`),
    ...Object.entries(wanted).flatMap(([name, value]) =>
      Object.hasOwn(found, name) ? bodiesThatDiffer(...inDictionary(name, value, found[name]), `${place}.${name}`) : [],
    ),
  ];
}

/** Of what holds keys of other people's making only the kind is compared. */
function inDictionary(name: string, ...values: [unknown, unknown]): [unknown, unknown] {
  if (!dictionaries.includes(name)) return values;
  return values.map((value) => (kindOf(value) === 'object' ? {} : value)) as [unknown, unknown];
}

function valuesThatDiffer(wanted: unknown, found: unknown, place: string): string[] {
  const name = place.slice(place.lastIndexOf('.') + 1);
  const passes = name === 'status' && [wanted, found].some((status) => passing.includes(String(status)));
  if (wanted === found || accidental.test(name) || passes) return [];
  return [`${place} is ${JSON.stringify(found)} instead of the value ${JSON.stringify(wanted)}`];
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return value === null ? 'null' : value === undefined ? 'nothing' : typeof value;
}
