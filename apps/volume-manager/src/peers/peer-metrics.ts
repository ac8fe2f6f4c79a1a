import { metrics } from '@hearth/platform';

type Instruments = ReturnType<typeof make>;

let made: Instruments | undefined;

function make() {
  return {
    fills: metrics.counter(
      'image_cache_peer_fills_total',
      'Attempts to fill from a peer, by outcome: filled, or why the peer did not serve.',
    ),
    receivedBytes: metrics.counter('image_cache_peer_received_bytes_total', 'Bytes of disks received from peers.'),
    servedBytes: metrics.counter('image_cache_peer_served_bytes_total', 'Bytes of disks sent to peers.'),
    serves: metrics.counter('image_cache_peer_serves_total', 'Transfers to peers, by outcome: sent, busy, broken-off.'),
  };
}

const instruments = (): Instruments => (made ??= make());

/** @param outcome `filled`, or a reason as the fill's source has it */
export function countPeerFill(outcome: string): void {
  instruments().fills.add(1, { outcome });
}

export function countReceived(bytes: number): void {
  instruments().receivedBytes.add(bytes);
}

export function countServed(bytes: number): void {
  instruments().servedBytes.add(bytes);
}

export function countServe(outcome: 'sent' | 'busy' | 'broken-off'): void {
  instruments().serves.add(1, { outcome });
}
