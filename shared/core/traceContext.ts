/**
 * W3C trace context, as far as a message carries it: the producer's `traceparent`, from the HTTP header or the message's
 * metadata, and our own, which the rows keep so that a delivery hours later still belongs to the producer's trace.
 * https://www.w3.org/TR/trace-context/#traceparent-header
 */
import { isRecord } from './messageRelations.ts';

export interface TraceContext {
  /** 32 lower-case hexadecimal digits, not all 0. */
  readonly traceId: string;
  /** Of the span that what follows belongs under; 16 digits, not all 0. */
  readonly spanId: string;
  readonly isSampled: boolean;
}

/** The metadata field in which a producer without HTTP headers says it. */
export const TRACEPARENT = 'traceparent';

/** A later version may say more behind a hyphen; 55 characters are all that this one knows. */
const FORM = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);
const SAMPLED = 0x01;

/** Null: it is no traceparent; it is then as if none had been given, which is what the standard wants. */
export function parseTraceparent(text: unknown): TraceContext | null {
  const match = typeof text === 'string' ? FORM.exec(text.trim()) : null;
  if (match === null) return null;
  const [, version, traceId = '', spanId = '', flags = '', more] = match;
  if (version === 'ff' || traceId === NO_TRACE || spanId === NO_SPAN) return null;
  if (version === '00' && more !== undefined) return null;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & SAMPLED) !== 0 };
}

export function formatTraceparent({ traceId, spanId, isSampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`;
}

/** What a submission that is not validated yet says in its metadata; undefined: nothing. */
export function traceparentIn(value: unknown): unknown {
  const metadata = isRecord(value) ? value['metadata'] : undefined;
  return isRecord(metadata) ? metadata[TRACEPARENT] : undefined;
}
