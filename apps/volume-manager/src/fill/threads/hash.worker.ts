// Hashes what arrives in the slots of a ring of shared memory, off the thread that downloads and writes.
import { type Hash, type Verify, createHash, createVerify } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import type { HashAnswer, HashOrder, HashRing } from '../hash/hash-orders';
import { beNice } from './be-nice';

const { ring, slotBytes } = workerData as HashRing;
let hash: Hash | undefined;
/** The same as `hash` where both are of one algorithm. */
let peeked: Hash | undefined;
let signed: Verify | undefined;

function obey(order: HashOrder): HashAnswer | undefined {
  switch (order.do) {
    case 'begin':
      hash = createHash(order.algorithm);
      peeked = order.peekAlgorithm === order.algorithm ? hash : createHash(order.peekAlgorithm);
      signed = order.signatureHash === undefined ? undefined : createVerify(order.signatureHash);
      return undefined;
    case 'update': {
      const bytes = Buffer.from(ring, order.slot * slotBytes, order.bytes);
      hash?.update(bytes);
      if (peeked !== hash) peeked?.update(bytes);
      signed?.update(bytes);
      return { slot: order.slot };
    }
    case 'peek':
      return { digest: peeked?.copy().digest('hex') ?? '' };
    case 'end':
      return { digest: hash?.digest('hex') ?? '' };
    case 'verify':
      return { signatureHolds: isSignatureOf(order.request) };
  }
}

/** A signature that is no signature at all makes OpenSSL throw: it does not hold either. */
function isSignatureOf({ key, signature, ...how }: Extract<HashOrder, { do: 'verify' }>['request']): boolean {
  try {
    return signed?.verify({ key, ...how }, signature) ?? false;
  } catch {
    return false;
  }
}

beNice();
parentPort?.on('message', (order: HashOrder) => {
  const answer = obey(order);
  if (answer) parentPort?.postMessage(answer);
});
