import { invalidInput } from '../fault';
import { checkStorable } from '../http/storable-text';

/** What a client's host says of itself, as os-brick gathers it. */
export type ConnectorFields = Readonly<Record<string, unknown>>;

/** A connector of os-brick with many initiators takes some KiB. */
const bytesMax = 65_536;
const depthMax = 16;
const modes: readonly unknown[] = [undefined, null, 'null', 'None', 'rw', 'ro'];

/** Reads a connector. Throws a fault of 400 for one that cannot be kept, or names a mode that there is not. */
export function readConnector(value: unknown): ConnectorFields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidInput('connector must be a dictionary.');
  }
  checkDepth(value);
  checkStorable(value, 'connector');
  const bytes = new TextEncoder().encode(JSON.stringify(value)).length;
  if (bytes > bytesMax) throw invalidInput(`connector takes ${bytes} bytes; it may take ${bytesMax}.`);
  const connector = value as ConnectorFields;
  if (!modes.includes(connector['mode'])) throw invalidInput("mode of connector must be 'rw' or 'ro'.");
  return connector;
}

/** Level by level, so that no depth is too much for it. */
function checkDepth(value: object): void {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > depthMax) throw invalidInput(`connector is nested deeper than ${depthMax} levels.`);
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
  }
}
