export interface TelemetryOptions {
  readonly serviceName: string;
  readonly serviceVersion?: string;
  /** Left out: on when there is an endpoint. */
  readonly enabled?: boolean;
  /** OTLP over HTTP, without `/v1/traces`; the collector's usual place on this machine unless told. */
  readonly endpoint?: string;
  /** Share of new traces that is kept, 0…1; 1 unless told. A trace that came with its caller's decision keeps it. */
  readonly sampleRatio?: number;
}

export interface Telemetry {
  readonly enabled: boolean;
  /** Sends what is left; resolves in any case, and late collectors are not waited for longer than `timeoutMs`. */
  shutdown(timeoutMs: number): Promise<void>;
}
