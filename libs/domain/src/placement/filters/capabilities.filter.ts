import type { Candidate, Filter } from '../candidate';

/**
 * Extra specs of the volume type against what the pool reports. As in Cinder, a key is either plain or scoped `capabilities:`;
 * keys of any other scope are for drivers and are passed over.
 */
export const capabilities: Filter = ({ request }, pool) => meetsExtraSpecs(request.volumeType.extraSpecs, pool);

/** True, or a sentence that says which extra spec a pool does not meet. */
export function meetsExtraSpecs(
  extraSpecs: Readonly<Record<string, string>>,
  pool: Pick<Candidate, 'capabilities'>,
): true | string {
  for (const [key, wanted] of Object.entries(extraSpecs)) {
    const name = capabilityName(key);
    if (name === undefined) continue;
    const offered = pool.capabilities[name];
    if (offered === undefined) return `does not report the capability ${name}`;
    if (!matches(offered, wanted)) return `offers ${name} = ${String(offered)}, the volume type wants ${wanted}`;
  }
  return true;
}

function capabilityName(key: string): string | undefined {
  const scoped = key.split(':');
  if (scoped.length === 1) return key;
  return scoped[0] === 'capabilities' && scoped.length === 2 ? scoped[1] : undefined;
}

type Offered = Candidate['capabilities'][string];

/** Cinder's operators: `<is> True`, `<or> a <or> b`, `<in> part`, `s== text`, `= 5` (at least), `== != >= <= > <`; else equality. */
function matches(offered: Offered, wanted: string): boolean {
  const [operator = '', ...rest] = wanted.trim().split(/\s+/);
  const operand = rest.join(' ');
  switch (operator) {
    case '<is>':
      return String(offered).toLowerCase() === operand.toLowerCase();
    case '<or>':
      return wanted
        .split('<or>')
        .map((choice) => choice.trim())
        .filter((choice) => choice.length > 0)
        .includes(String(offered));
    case '<in>':
      return String(offered).includes(operand);
    case 's==':
      return String(offered) === operand;
    case 's!=':
      return String(offered) !== operand;
    case '=':
    case '>=':
      return Number(offered) >= Number(operand);
    case '<=':
      return Number(offered) <= Number(operand);
    case '==':
      return Number(offered) === Number(operand);
    case '!=':
      return Number(offered) !== Number(operand);
    case '>':
      return Number(offered) > Number(operand);
    case '<':
      return Number(offered) < Number(operand);
    default:
      return String(offered).toLowerCase() === wanted.trim().toLowerCase();
  }
}
