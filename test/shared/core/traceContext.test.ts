import { describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../../shared/core/fingerprint.ts';
import { parseMessage } from '../../../shared/core/messageSchema.ts';
import { formatTraceparent, parseTraceparent, traceparentIn } from '../../../shared/core/traceContext.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('a traceparent', () => {
  it.each([
    ['as it is', `00-${TRACE}-${SPAN}-01`, true],
    ['not sampled', `00-${TRACE}-${SPAN}-00`, false],
    ['with flags of later versions', `00-${TRACE}-${SPAN}-03`, true],
    ['with blanks around', ` 00-${TRACE}-${SPAN}-01 `, true],
    ['of a later version, with more behind', `01-${TRACE}-${SPAN}-01-more`, true],
  ])('is understood %s', (_name, text, isSampled) => {
    expect(parseTraceparent(text)).toEqual({ traceId: TRACE, spanId: SPAN, isSampled });
  });

  it.each([
    ['upper case', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['version ff', `ff-${TRACE}-${SPAN}-01`],
    ['more behind in version 00', `00-${TRACE}-${SPAN}-01-more`],
    ['no trace', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['no span', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['a short trace', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['no flags', `00-${TRACE}-${SPAN}`],
    ['a line break', `00-${TRACE}-${SPAN}-01\r\nX-Evil: 1`],
    ['nothing', ''],
    ['a number', 5],
    ['null', null],
    ['undefined', undefined],
  ])('counts as none with %s', (_name, text) => {
    expect(parseTraceparent(text)).toBeNull();
  });

  it('is written as it is read', () => {
    const text = `00-${TRACE}-${SPAN}-00`;
    expect(formatTraceparent(parseTraceparent(text)!)).toBe(text);
  });

  it('is found in the metadata of whatever was submitted', () => {
    expect(traceparentIn({ metadata: { traceparent: 'x' } })).toBe('x');
    for (const value of [null, 'text', [], {}, { metadata: null }, { metadata: 'text' }, { metadata: {} }]) {
      expect(traceparentIn(value)).toBeUndefined();
    }
  });

  it('does not make another body of a message: a retry with a new one is the same under its key', () => {
    const fingerprint = (metadata: object): string => {
      const value = { to: 'ann@contoso.com', subject: 's', text: 't', metadata };
      const parsed = parseMessage(value, { now: 0 });
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
      return fingerprintOf(parsed.message);
    };
    const first = fingerprint({ order: '1', traceparent: `00-${TRACE}-${SPAN}-01` });
    expect(fingerprint({ order: '1', traceparent: `00-${TRACE}-${SPAN}-00` })).toBe(first);
    expect(fingerprint({ order: '1' })).toBe(first);
    // Negative control.
    expect(fingerprint({ order: '2' })).not.toBe(first);
  });
});
