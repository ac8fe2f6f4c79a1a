/** A test by the file it stands in and its title, or the title of a group of tests. One that ends in … goes on. */
export interface NamedTest {
  readonly file: string;
  readonly title: string;
}

/** Something that is promised, as a line of docs/promises.md has it. */
export interface PromisedRow {
  readonly id: string;
  readonly tests: readonly NamedTest[];
  /** What of it is not here, and why. */
  readonly notHere: string | undefined;
}

const ID = String.raw`(?:P\d{1,2}|[IJ]\.(?:\d{1,2}|[a-l]))`;

/** The rows of docs/promises.md in their order. Throws on a line of a list that is none of theirs. */
export function promisedRows(page: string): readonly PromisedRow[] {
  const rows: { id: string; tests: NamedTest[]; notHere: string | undefined }[] = [];
  for (const line of page.split('\n').filter((text) => /^\s*- /.test(text))) {
    const row = new RegExp(String.raw`^- \*\*(${ID})\*\* \S`).exec(line);
    const test = /^ {2}- `([^`]+)`: (\S.*)$/.exec(line);
    const notHere = /^ {2}- _Not here:_ (\S.*)$/.exec(line);
    const last = rows.at(-1);
    if (row?.[1]) rows.push({ id: row[1], tests: [], notHere: undefined });
    else if (last && test?.[1] && test[2]) last.tests.push({ file: test[1], title: test[2] });
    else if (last && notHere?.[1]) last.notHere = notHere[1];
    else throw new Error(`docs/promises.md: not understood: ${line}`);
  }
  return rows;
}

/** Whether the text of a spec has a test, or a group of tests, of that title. Lines that are only a comment do not count. */
export function hasTest(spec: string, title: string): boolean {
  const code = spec.replace(/^\s*\/\/.*$/gm, '');
  const goesOn = title.endsWith('…');
  const literal = (goesOn ? title.slice(0, -1) : title).replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(String.raw`\(\s*(['"\`])${literal}${goesOn ? '' : String.raw`\1`}`).test(code);
}

/** The numbers that titles of a spec bear: `P1 · I.4: …`. */
export function numbersIn(spec: string): readonly string[] {
  const titles = spec.matchAll(new RegExp(String.raw`['"\`](${ID}(?: · ${ID})*)(?:: | )`, 'g'));
  return [...titles].flatMap(([, numbers = '']) => numbers.split(' · '));
}
