import type { Filter } from '../candidate';
import { promisableGib } from '../room';

export const capacity: Filter = ({ request }, pool) => {
  const roomGib = promisableGib(pool);
  return request.sizeGib <= roomGib || `has room for ${Math.max(0, Math.floor(roomGib))} GiB, not ${request.sizeGib}`;
};
