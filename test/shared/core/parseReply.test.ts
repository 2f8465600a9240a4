import { describe, expect, test } from 'vitest';
import { parseReply } from '../../../shared/core/parseReply.ts';

describe('parseReply', () => {
  test.for([
    [
      '250 2.0.0 OK <id@host> Queued',
      { code: 250, enhanced: '2.0.0', text: '250 2.0.0 OK <id@host> Queued' },
    ],
    ['354 go on', { code: 354, enhanced: null, text: '354 go on' }],
    ['451', { code: 451, enhanced: null, text: '451' }],
    ['550 5.1.10', { code: 550, enhanced: '5.1.10', text: '550 5.1.10' }],
    ['250-host\r\n250 HELP', { code: 250, enhanced: null, text: '250 host HELP' }],
    [
      '550-5.7.1 First line\r\n550-5.7.1 second\r\n550 5.7.1 third\r\n',
      { code: 550, enhanced: '5.7.1', text: '550 5.7.1 First line second third' },
    ],
    [
      '550-no code here\n550 5.7.60 but here',
      { code: 550, enhanced: '5.7.60', text: '550 5.7.60 no code here but here' },
    ],
    ['421-4.3.2\r\n421 closing', { code: 421, enhanced: '4.3.2', text: '421 4.3.2 closing' }],
  ] as const)('%j', ([text, reply]) => {
    expect(parseReply(text)).toEqual(reply);
  });

  test.for([
    ['an address is no enhanced code', '550 10.0.0.1 is blocked', null],
    ['a code of another class is no enhanced code', '550 3.1.1 odd', null],
    ['a longer number is no enhanced code', '550 5.1.1000 odd', null],
    ['only at the beginning', '550 see 5.7.1', null],
    ['with whatever follows', '550 5.7.1\tTabs', '5.7.1'],
  ] as const)('enhanced codes: %s', ([, text, enhanced]) => {
    expect(parseReply(text).enhanced).toBe(enhanced);
  });

  test.for(['', 'garbage', 'SSH-2.0-OpenSSH', '25 too short', '2500 too long'])(
    'what is no reply has code 0: %j',
    (text) => {
      expect(parseReply(text)).toEqual({ code: 0, enhanced: null, text });
    },
  );
});
