import { expect, test } from 'vitest';
import { explainWait } from '../../../local/stack/explainWait.ts';
import { formatHostLine } from '../../../local/stack/formatHostLine.ts';

const INVOCATION = '0b8f3c1e-8f2a-4f0e-9d6e-0d3f6f1a2b3c';

test('a line of the host loses its date, invocation and usual level, and says which host it is from', () => {
  const line = `2026-11-24T08:00:01.123Z error sendMail ${INVOCATION} failed: storage is down`;
  expect(formatHostLine(2, 3, line)).toBe('host 2 | 08:00:01 sendMail: ERROR failed: storage is down');
  expect(formatHostLine(1, 1, '2026-11-24T08:00:01.123Z info  host stops')).toBe(
    'app | 08:00:01 host: stops',
  );
});

test('the fields behind a text are left out, and what is very long is cut', () => {
  expect(formatHostLine(1, 1, '01X is sent {"messageId":"01X","status":"sent"}')).toBe('app | 01X is sent');
  expect(formatHostLine(1, 1, 'a set {"of" things} stays')).toBe('app | a set {"of" things} stays');
  expect(formatHostLine(1, 1, 'x'.repeat(5000)).length).toBeLessThan(500);
});

const MESSAGE = {
  id: '01X',
  status: 'queued',
  from: 'hve@contoso.com',
  waitsFor: null,
  nextAttemptAt: null,
  problems: [],
  recipients: [],
};

test('a message that is under way needs no explanation', () => {
  expect(explainWait(MESSAGE)).toBeNull();
});

test('a used-up limit is said as such, with what to do, and is not waited for', () => {
  const wait = explainWait({
    ...MESSAGE,
    status: 'deferred',
    waitsFor: 'quota:tenant',
    nextAttemptAt: '2026-11-25T00:00:00.000Z',
  });
  expect(wait?.mayEndSoon).toBe(false);
  expect(wait?.reasons.join(' ')).toMatch(
    /the limit of all recipients is used up.*2026-11-25T00:00.*HVE_LOCAL_CLOCK_OFFSET/,
  );
});

test('trouble may end soon; what is over does not', () => {
  expect(explainWait({ ...MESSAGE, status: 'deferred', waitsFor: 'tenant' })).toMatchObject({
    mayEndSoon: true,
    reasons: ['Message 01X waits for the tenant, which sends nothing now.'],
  });
  const problems = [{ pointer: '/to', detail: 'no recipient' }];
  expect(explainWait({ ...MESSAGE, status: 'rejected', problems })).toEqual({
    mayEndSoon: false,
    reasons: ['Message 01X is rejected.', '/to: no recipient'],
  });
});
