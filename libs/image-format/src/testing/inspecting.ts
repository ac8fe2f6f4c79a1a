import { createInspector, type InspectorOptions } from '../inspect/inspector';
import type { Verdict } from '../inspect/verdict';

/** The verdict on an image that comes in one piece. */
export function inspect(bytes: Buffer, options: InspectorOptions = {}): Verdict {
  const inspector = createInspector(options);
  inspector.push(bytes);
  return inspector.end();
}

/** The checks that refuse it. */
export const checksOf = (verdict: Verdict) =>
  verdict.kind === 'refused' ? verdict.failures.map(({ check }) => check) : [];
