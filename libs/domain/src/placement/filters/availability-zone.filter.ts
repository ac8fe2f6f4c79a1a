import type { Filter } from '../candidate';

export const availabilityZone: Filter = ({ request }, pool) => {
  const wanted = request.availabilityZone;
  return wanted === null || wanted === pool.availabilityZone || `is in zone ${pool.availabilityZone}, not ${wanted}`;
};
