// What never reaches a log: tokens, passwords, keys. By the name of the field, and by shape inside texts.
const secretName =
  /token|passw|secret|authorization|credential|creds$|cookie|(api|private|access)[-_]?key|(^|[-_.])(auth|seed)$/i;
const urlCredentials = /([a-z][a-z0-9+.-]*:\/\/)[^\s/@:]*(:[^\s/@]*)?@/gi;
const schemeCredentials = /\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi;
const depthMax = 6;

export const hidden = '***';

/** Whether a field of this name holds something nobody may read. */
export const isSecretName = (name: string): boolean => secretName.test(name);

/** A text without the credentials of URLs and of Authorization headers. */
export function redactText(text: string): string {
  const unnamed = text.includes('@') ? text.replace(urlCredentials, `$1${hidden}@`) : text;
  return /bearer|basic/i.test(unnamed) ? unnamed.replace(schemeCredentials, `$1 ${hidden}`) : unnamed;
}

/** URLs in a value, or in a list of values, without their credentials. */
export function maskUrls(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value);
  return Array.isArray(value) ? value.map(maskUrls) : value;
}

/** A copy of a value that may be logged. Errors become plain objects with their causes; cycles and great depths end. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (depth > depthMax) return '…';
  if (value instanceof Error) return redactError(value, depth);
  if (value instanceof Date) return value;
  if (ArrayBuffer.isView(value)) return `<${value.byteLength} bytes>`;
  if (value instanceof Map) return redact(Object.fromEntries(value), depth);
  if (value instanceof Set) return redact([...value], depth);
  if (Array.isArray(value)) return value.map((item, index) => redactItem(value, item, index, depth));
  return redactFields(value, depth);
}

/** Raw headers come as a list: a name, its value, the next name. */
function redactItem(list: readonly unknown[], item: unknown, index: number, depth: number): unknown {
  const before = index % 2 === 1 ? list[index - 1] : undefined;
  return typeof item === 'string' && typeof before === 'string' && isSecretName(before)
    ? hidden
    : redact(item, depth + 1);
}

function redactFields(value: object, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const harmless = inner === undefined || inner === null || typeof inner === 'boolean' || typeof inner === 'number';
      return [name, isSecretName(name) && !harmless ? hidden : redact(inner, depth + 1)];
    }),
  );
}

function redactError(error: Error, depth: number): Record<string, unknown> {
  const { name, message, stack, cause } = error;
  return {
    ...redactFields(error, depth),
    type: name,
    message: redactText(message),
    ...(stack && { stack: redactText(stack) }),
    ...(cause !== undefined && { cause: redact(cause, depth + 1) }),
    ...(error instanceof AggregateError && { errors: redact(error.errors, depth + 1) }),
  };
}
