import {
  context as otelContext,
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Link,
  type Span,
} from '@opentelemetry/api';

const traceparentPattern = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** The W3C `traceparent` of a context's span (of the active one unless given); undefined where nothing is traced. */
export function traceparentOf(context: Context = otelContext.active()): string | undefined {
  const span = trace.getSpanContext(context);
  if (!span || !isSpanContextValid(span)) return undefined;
  return `00-${span.traceId}-${span.spanId}-${(span.traceFlags & 1).toString(16).padStart(2, '0')}`;
}

/** A trace of its own for work that nobody traces, so that its facts can be tied together all the same; not sampled. */
export function newTraceparent(): string {
  return `00-${randomId()}-${randomId().slice(16)}-00`;
}

/** 32 hexadecimal digits, of which neither half is all zeros. A UUID, because the platform has them ready by the hundred. */
function randomId(): string {
  return crypto.randomUUID().replaceAll('-', '');
}

/** A context under which spans become children of a stored `traceparent`; the root where it is missing or malformed. */
export function contextOf(traceparent: string | undefined): Context {
  const [, traceId, spanId, flags] = traceparentPattern.exec(traceparent ?? '') ?? [];
  if (!traceId || !spanId || !flags) return ROOT_CONTEXT;
  const spanContext = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
  return isSpanContextValid(spanContext) ? trace.setSpanContext(ROOT_CONTEXT, spanContext) : ROOT_CONTEXT;
}

/** How a piece of work is shown in a trace. */
export interface SpanOptions {
  readonly attributes?: Attributes;
  /** The parent as it was stored or sent; the active context unless given. */
  readonly traceparent?: string | undefined;
  /** Stored parents beside the first: work that serves several requests at once. */
  readonly linkedTo?: readonly string[];
}

/** Runs `work` inside a span that ends with it, and is marked failed when it throws. */
export async function inSpan<Result>(
  name: string,
  options: SpanOptions,
  work: (span: Span) => Promise<Result>,
): Promise<Result> {
  const { attributes, traceparent, linkedTo = [] } = options;
  const parent = traceparent === undefined ? otelContext.active() : contextOf(traceparent);
  const tracer = trace.getTracer('@hearth/event-sourcing');
  return tracer.startActiveSpan(name, { attributes, links: linkedTo.flatMap(linkTo) }, parent, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      span.recordException(error instanceof Error ? error : String(error));
      span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) });
      throw error;
    } finally {
      span.end();
    }
  });
}

function linkTo(traceparent: string): Link[] {
  const context = trace.getSpanContext(contextOf(traceparent));
  return context ? [{ context }] : [];
}
