/** What a Python literal can stand for. */
export type PythonValue =
  string | number | boolean | null | readonly PythonValue[] | { readonly [key: string]: PythonValue };

/**
 * The value of a text that is a literal of Python: None, True, a number, a quoted text, a list, a tuple or a dictionary of those; JSON
 * of the same is taken too. Undefined for every other text: Cinder reads filters so, and takes the others as they stand.
 */
export function pythonLiteral(text: string): PythonValue | undefined {
  const reader = new LiteralReader(text);
  const value = reader.value(0);
  return value !== undefined && reader.atEnd() ? value : undefined;
}

const words: ReadonlyMap<string, PythonValue> = new Map<string, PythonValue>([
  ['None', null],
  ['null', null],
  ['True', true],
  ['true', true],
  ['False', false],
  ['false', false],
]);

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '/': '/',
};

/** Deeper than any filter is. */
const depthMax = 8;

class LiteralReader {
  private at = 0;

  constructor(private readonly text: string) {}

  atEnd(): boolean {
    this.skipSpace();
    return this.at === this.text.length;
  }

  value(depth: number): PythonValue | undefined {
    if (depth > depthMax) return undefined;
    this.skipSpace();
    const first = this.text[this.at];
    if (first === "'" || first === '"') return this.quoted(first);
    if (first === '[') return this.list(']', depth);
    if (first === '(') return this.list(')', depth);
    if (first === '{') return this.dictionary(depth);
    return this.word();
  }

  private word(): PythonValue | undefined {
    const [found] = /^[A-Za-z]+|^[+-]?\d+(\.\d+)?/.exec(this.text.slice(this.at, this.at + 400)) ?? [];
    if (found === undefined) return undefined;
    this.at += found.length;
    return words.has(found) ? words.get(found) : /\d$/.test(found) ? Number(found) : undefined;
  }

  private quoted(quote: string): string | undefined {
    let read = '';
    for (this.at += 1; this.at < this.text.length; this.at += 1) {
      const letter = this.text[this.at]!;
      if (letter === quote) {
        this.at += 1;
        return read;
      }
      if (letter !== '\\') {
        read += letter;
        continue;
      }
      this.at += 1;
      const escaped = this.escaped();
      if (escaped === undefined) return undefined;
      read += escaped;
    }
    return undefined;
  }

  /** Behind a backslash; stays on the last character of what it reads. */
  private escaped(): string | undefined {
    const letter = this.text[this.at] ?? '';
    if (letter !== 'u') return escapes[letter];
    const digits = this.text.slice(this.at + 1, this.at + 5);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) return undefined;
    this.at += 4;
    return String.fromCharCode(parseInt(digits, 16));
  }

  private list(end: string, depth: number): readonly PythonValue[] | undefined {
    const items: PythonValue[] = [];
    this.at += 1;
    while (!this.takes(end)) {
      const item = this.value(depth + 1);
      if (item === undefined) return undefined;
      items.push(item);
      if (!this.takes(',') && !this.sees(end)) return undefined;
    }
    return items;
  }

  private dictionary(depth: number): { readonly [key: string]: PythonValue } | undefined {
    const pairs: [string, PythonValue][] = [];
    this.at += 1;
    while (!this.takes('}')) {
      const key = this.value(depth + 1);
      if (key === undefined || typeof key === 'object' || !this.takes(':')) return undefined;
      const value = this.value(depth + 1);
      if (value === undefined) return undefined;
      pairs.push([String(key), value]);
      if (!this.takes(',') && !this.sees('}')) return undefined;
    }
    return Object.fromEntries(pairs);
  }

  private takes(letter: string): boolean {
    if (!this.sees(letter)) return false;
    this.at += 1;
    return true;
  }

  private sees(letter: string): boolean {
    this.skipSpace();
    return this.text[this.at] === letter;
  }

  private skipSpace(): void {
    while (/\s/.test(this.text[this.at] ?? '')) this.at += 1;
  }
}
