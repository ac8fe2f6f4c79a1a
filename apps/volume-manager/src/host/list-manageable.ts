import { type ManageableAnswer, manageableRequestSchema } from '@hearth/contracts';
import { canManage, DriverError } from '@hearth/driver-api';
import { poolParts } from '@hearth/kernel';
import type { Host } from './host';
import { within } from './time-limit';

/** An answer is one message. */
const objectsMax = 3_000;

/** What lies in a pool of this host and could be taken over; `request` is what came, of any form. Throws nothing. */
export async function listManageable(
  { pools, log }: Pick<Host, 'pools' | 'log'>,
  request: unknown,
  answerTimeoutMs: number,
): Promise<ManageableAnswer> {
  const parsed = manageableRequestSchema.safeParse(request);
  if (!parsed.success) return refused('failed', 'The request names no pool.');
  const { pool: ref } = parsed.data;
  const pool = pools.get(ref);
  if (!pool) return refused('unknown-pool', `The pool ${ref} is not open on this host.`);
  const { driver } = pool.backend;
  if (!canManage(driver)) return refused('unsupported', `The backend of ${ref} cannot take over what is there.`);
  try {
    const objects = await within(
      answerTimeoutMs,
      'the list of what is there',
      listed(driver.listManageable(poolParts(ref).pool)),
    );
    if (objects.length < objectsMax) return { objects };
    log.warn('more could be taken over than one answer tells', { pool: ref, objectsMax });
    return { objects };
  } catch (error) {
    log.warn('what could be taken over cannot be listed', { pool: ref, error });
    const isAway = error instanceof DriverError && error.code === 'unavailable';
    return refused(isAway ? 'unavailable' : 'failed', error instanceof Error ? error.message : String(error));
  }
}

type Refusal = Extract<ManageableAnswer, { error: unknown }>['error'];

const refused = (code: Refusal['code'], reason: string): ManageableAnswer => ({ error: { code, reason } });

async function listed<One>(all: AsyncIterable<One>): Promise<One[]> {
  const some: One[] = [];
  for await (const one of all) {
    some.push(one);
    if (some.length === objectsMax) break;
  }
  return some;
}
