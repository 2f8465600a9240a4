import { describe, expect, it } from 'vitest';
import { makeHideAddresses } from '../../../../shared/adapters/telemetry/hideAddresses.ts';

const hide = makeHideAddresses(['hve@contoso.com', 'Payroll@contoso.com']);

describe('what leaves the process', () => {
  it.each([
    ['550 5.1.10 Recipient ann@contoso.com not found', '550 5.1.10 Recipient [address] not found'],
    ['RCPT TO:<Ann.O"Hara@contoso.com>', 'RCPT TO:<[address]>'],
    ['"ann smith"@contoso.com', '"[address]'],
    ["ann.o'hara@contoso.com", '[address]'],
    ['bounce+ann=x.org@contoso.com', '[address]'],
    ['{ann}@contoso.com', '[address]'],
    ['ann@[192.0.2.1] is gone', '[address] is gone'],
    ['{"to":"\\"ann smith\\"@contoso.com"}', '{"to":"\\"[address]"}'],
    ['"ann"@contoso.com is no account', '"[address] is no account'],
    ['ann@contoso.com, bob@fabrikam.com; {"to":"eve@x.org"}', '[address], [address]; {"to":"[address]"}'],
    ['it was ann@contoso.com.', 'it was [address].'],
    ['ünï@müller.example', '[address]'],
    ['ann+tag/x=y@contoso.com', '[address]'],
    ['smtp://ann@host', 'smtp:[address]'],
    ['pseudohve@contoso.com', '[address]'],
  ])('names no recipient: %s', (text, expected) => {
    expect(hide(text)).toEqual(expected);
    expect(hide(text)).not.toMatch(/@contoso|@fabrikam|@x\.org|@müller|@host/);
  });

  it.each([
    'mail through hve@contoso.com does not go at the moment',
    'mail through HVE@CONTOSO.COM.',
    'payroll@contoso.com',
    "the account 'hve@contoso.com' is paused",
    'account:hve@contoso.com: 5 of 10',
    'nothing of the kind, 50 % at 10:00',
    '',
  ])('names the sender accounts, and is otherwise as it was: %s', (text) => {
    expect(hide(text)).toBe(text);
  });
});

it('takes no longer for a long word than for a long text', () => {
  const long = `${'a'.repeat(50_000)} ann@contoso.com`;
  expect(hide(long).endsWith(' [address]')).toBe(true);
});
