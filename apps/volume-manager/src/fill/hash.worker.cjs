// Hashes what arrives in the slots of a ring of shared memory, off the thread that downloads and writes. Plain JavaScript,
// so that it runs unbundled beside its caller wherever that runs.
const { createHash } = require('node:crypto');
const { parentPort, workerData } = require('node:worker_threads');

const { ring, slotBytes } = workerData;
let hash;

parentPort.on('message', (message) => {
  if (message.begin) hash = createHash(message.begin);
  else if (message.end) parentPort.postMessage({ digest: hash.digest('hex') });
  else if (message.peek) parentPort.postMessage({ digest: hash.copy().digest('hex') });
  else {
    hash.update(Buffer.from(ring, message.slot * slotBytes, message.bytes));
    parentPort.postMessage({ slot: message.slot });
  }
});
