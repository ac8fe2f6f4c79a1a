import { UnfitEventError } from './unreadable-line.error';

/** The fields of a JSON object from outside, read with their kinds checked; messages name the whole path. Throws `UnfitEventError`. */
export class Fields {
  private constructor(
    private readonly values: Readonly<Record<string, unknown>>,
    private readonly path: string,
  ) {}

  static of(value: unknown, path = ''): Fields {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new UnfitEventError(`${path || 'it'} is ${kindOf(value)}; it must be an object`);
    return new Fields(value as Record<string, unknown>, path);
  }

  has(name: string): boolean {
    return Object.hasOwn(this.values, name) && this.values[name] !== null && this.values[name] !== undefined;
  }

  value(name: string): unknown {
    return this.has(name) ? this.values[name] : undefined;
  }

  object(name: string): Fields {
    return Fields.of(this.value(name), this.nameOf(name));
  }

  text(name: string): string {
    const value = this.value(name);
    if (typeof value !== 'string' || value === '') throw this.unfit(name, 'a text');
    return value;
  }

  /** Null where it is missing or empty. */
  textOrNull(name: string): string | null {
    return this.has(name) && this.value(name) !== '' ? this.text(name) : null;
  }

  /** At least 0. */
  number(name: string): number {
    const value = this.value(name);
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
      throw this.unfit(name, 'a number, at least 0');
    return value;
  }

  numberOrNull(name: string): number | null {
    return this.has(name) ? this.number(name) : null;
  }

  /** Milliseconds since 1970. A time without a zone is in UTC, as OpenStack's notifications have it. */
  instant(name: string): number {
    const text = this.text(name);
    const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s*(Z|[+-]\d\d:?\d\d)?$/.exec(text);
    const at = match ? Date.parse(`${match[1]}T${match[2]}${match[3] ?? 'Z'}`) : NaN;
    if (Number.isNaN(at)) throw this.unfit(name, 'a time such as 2026-01-02T03:04:05Z');
    return at;
  }

  private unfit(name: string, wanted: string): UnfitEventError {
    const value = this.value(name);
    const found = value === undefined ? 'missing' : typeof value === 'string' ? `'${short(value)}'` : kindOf(value);
    return new UnfitEventError(`${this.nameOf(name)} is ${found}; it must be ${wanted}`);
  }

  private nameOf(name: string): string {
    return this.path ? `${this.path}.${name}` : name;
  }
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'number' ? String(value) : `of type ${typeof value}`;
}

const short = (text: string) => (text.length > 40 ? `${text.slice(0, 40)}…` : text);
