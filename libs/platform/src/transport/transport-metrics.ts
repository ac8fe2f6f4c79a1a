import { metrics } from '../telemetry/metrics';

let instruments: ReturnType<typeof make> | undefined;

/** Made at first use, so that importing the transport costs nothing. */
export const transportMetrics = () => (instruments ??= make());

function make() {
  return {
    handled: metrics.counter(
      'hearth_messages_handled_total',
      'Messages handled, by consumer and outcome: done, retry, given_up.',
    ),
  };
}
