/** A value of a file: a text, a list, or values by name. Numbers and truths are the texts that they are written as. */
export type YamlValue = string | readonly YamlValue[] | { readonly [name: string]: YamlValue };

/** A line that is no YAML, or more of YAML than is read here. */
export class UnreadableYamlError extends Error {
  constructor(line: number, why: string) {
    super(`line ${line}: ${why}`);
    this.name = 'UnreadableYamlError';
  }
}

interface Line {
  readonly number: number;
  readonly indent: number;
  readonly text: string;
}

/**
 * Reads the part of YAML that files of settings are written in: mappings and lists by indentation, plain and quoted texts, comments.
 * What it does not know (anchors, text over several lines, values in braces) it refuses by line. Throws `UnreadableYamlError`.
 */
export function parsePlainYaml(source: string): YamlValue {
  const lines = linesOf(source);
  if (lines.length === 0) return {};
  const reader = { lines, at: 0 };
  const value = readBlock(reader, lines[0]!.indent);
  const rest = lines[reader.at];
  if (rest) throw new UnreadableYamlError(rest.number, 'it does not belong to what stands above it');
  return value;
}

function linesOf(source: string): readonly Line[] {
  return source.split(/\r?\n/).flatMap((raw, index) => {
    const number = index + 1;
    const text = withoutComment(raw).trimEnd();
    if (text.trim() === '' || text === '---' || text === '...') return [];
    const indent = text.length - text.trimStart().length;
    if (text.slice(0, indent).includes('\t')) throw new UnreadableYamlError(number, 'a tab cannot indent');
    return [{ number, indent, text: text.trimStart() }];
  });
}

/** A `#` begins a comment at the beginning of a line or behind a space, unless it is quoted. */
function withoutComment(line: string): string {
  const part = /^(?:[^'"#]|(?<=\S)['"#]|'(?:[^']|'')*'|"(?:[^"\\]|\\.)*")*/.exec(line)?.[0] ?? '';
  return part.length < line.length && line[part.length] === '#' ? part : line;
}

interface Reader {
  readonly lines: readonly Line[];
  at: number;
}

function readBlock(reader: Reader, indent: number): YamlValue {
  return isItem(reader.lines[reader.at]!, indent) ? readList(reader, indent) : readMapping(reader, indent);
}

function readList(reader: Reader, indent: number): YamlValue {
  const items: YamlValue[] = [];
  for (let line = reader.lines[reader.at]; line && isItem(line, indent); line = reader.lines[reader.at]) {
    const rest = line.text.slice(1).trimStart();
    if (rest === '' || pair.test(rest)) throw new UnreadableYamlError(line.number, 'a list holds texts only here');
    items.push(scalar(rest, line.number));
    reader.at += 1;
  }
  return items;
}

const isItem = (line: Line, indent: number) => line.indent === indent && /^-( |$)/.test(line.text);

const pair = /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s:'"{}[\]&*!|>%@`#-][^:#]*?|-[^\s:]+)\s*:(?:\s+(.*))?$/;

function readMapping(reader: Reader, indent: number): YamlValue {
  const values: Record<string, YamlValue> = Object.create(null) as Record<string, YamlValue>;
  for (let line = reader.lines[reader.at]; line?.indent === indent; line = reader.lines[reader.at]) {
    const [, name, inline = ''] = pair.exec(line.text) ?? [];
    if (name === undefined) throw new UnreadableYamlError(line.number, "it is no 'name: value'");
    const key = scalar(name, line.number) as string;
    if (key in values) throw new UnreadableYamlError(line.number, `'${key}' is there twice`);
    reader.at += 1;
    const next = reader.lines[reader.at];
    const isNested = next !== undefined && (next.indent > indent || isItem(next, indent));
    if (inline !== '' && next !== undefined && next.indent > indent)
      throw new UnreadableYamlError(next.number, 'a text goes over several lines');
    values[key] = inline === '' && isNested ? readBlock(reader, next.indent) : scalar(inline, line.number);
  }
  const line = reader.lines[reader.at];
  if (line && line.indent > indent) throw new UnreadableYamlError(line.number, 'it belongs to nothing above it');
  return values;
}

function scalar(text: string, line: number): YamlValue {
  if (text === '' || text === '~' || text === 'null') return '';
  if (text === '{}') return {};
  if (text === '[]') return [];
  if (text.startsWith("'")) {
    if (!/^'(?:[^']|'')*'$/.test(text)) throw new UnreadableYamlError(line, 'a quote does not end');
    return text.slice(1, -1).replaceAll("''", "'");
  }
  if (text.startsWith('"')) return doubleQuoted(text, line);
  if (/^[{}[\]&*!|>%@`]/.test(text) || /:\s/.test(text))
    throw new UnreadableYamlError(line, `the value begins with or holds what has to be quoted here`);
  return text;
}

function doubleQuoted(text: string, line: number): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    throw new UnreadableYamlError(line, 'a quote does not end, or holds an escape that is not known here');
  }
}
