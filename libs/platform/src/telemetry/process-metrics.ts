import { monitorEventLoopDelay } from 'node:perf_hooks';
import { metrics } from './metrics';

let started = false;

/** Memory, processor time and event loop delay of this process. Harmless when called again. */
export function observeProcess({ name, version }: { name: string; version: string }): void {
  if (started) return;
  started = true;
  const delay = monitorEventLoopDelay({ resolution: 50 });
  delay.enable();
  const startedAtSeconds = Date.now() / 1000 - process.uptime();
  metrics.observe('hearth_build_info', 'Always 1; its labels say what runs.', (result) =>
    result.observe(1, { app: name, version, node: process.version }),
  );
  metrics.observe('process_start_time_seconds', 'Start of the process, seconds since 1970.', (result) =>
    result.observe(startedAtSeconds),
  );
  metrics.observe('process_resident_memory_bytes', 'Resident memory.', (result) =>
    result.observe(process.memoryUsage.rss()),
  );
  metrics.observe('nodejs_heap_used_bytes', 'Memory in use by JavaScript objects.', (result) =>
    result.observe(process.memoryUsage().heapUsed),
  );
  metrics.observeTotal('process_cpu_seconds_total', 'Processor time, user and system.', (result) => {
    const { user, system } = process.cpuUsage();
    result.observe((user + system) / 1e6);
  });
  metrics.observe(
    'nodejs_eventloop_delay_max_seconds',
    'Longest delay of the event loop since the last look.',
    (result) => {
      result.observe(delay.count > 0 ? delay.max / 1e9 : 0);
      delay.reset();
    },
  );
}
