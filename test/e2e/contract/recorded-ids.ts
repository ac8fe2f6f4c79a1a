const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const anyUuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** Which id here stands for which id of the recording: learnt from answers to creates, spoken in what is asked later. */
export class RecordedIds {
  private readonly here = new Map<string, string>();

  note(recorded: string, here: string): void {
    if (!this.here.has(recorded)) this.here.set(recorded, here);
  }

  /** Notes every id of a recorded body, in whose place there is another one here. */
  learn(recorded: unknown, here: unknown): void {
    if (typeof recorded === 'string' && typeof here === 'string') {
      if (uuid.test(recorded) && uuid.test(here)) this.note(recorded, here);
      return;
    }
    if (typeof recorded !== 'object' || typeof here !== 'object' || !recorded || !here) return;
    for (const [name, value] of Object.entries(recorded)) this.learn(value, Reflect.get(here, name));
  }

  /** A text, or any value that holds texts, with recorded ids, and other names if told, replaced by those here. */
  speak<Value>(value: Value, names: Readonly<Record<string, string>> = {}): Value {
    if (value === null || value === undefined) return value;
    let text = JSON.stringify(value).replace(anyUuid, (id) => this.here.get(id) ?? id);
    for (const [recorded, here] of Object.entries(names)) text = text.replaceAll(recorded, here);
    return JSON.parse(text) as Value;
  }
}
