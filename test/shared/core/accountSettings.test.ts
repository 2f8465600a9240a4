import { describe, expect, it } from 'vitest';
import { parseAccounts } from '../../../shared/core/accountSettings.ts';

const ACCOUNT = { address: 'hve@contoso.com', secret: 'hve-contoso-com' };

function problemsOf(...accounts: unknown[]): string[] {
  return parseAccounts(JSON.stringify(accounts)).problems.map(
    ({ setting, expected, got }) => `${setting}: ${expected}; ${got}`,
  );
}

describe('parseAccounts', () => {
  it.each([
    ['not json', '8 characters that are no JSON'],
    ['{}', 'an object'],
    ['"a"', '1 characters'],
    ['[]', 'an empty list'],
  ])('refuses %s', (text, got) => {
    expect(parseAccounts(text)).toMatchObject({ accounts: [], problems: [{ setting: 'HVE_ACCOUNTS', got }] });
  });

  it.each<[unknown, string, string]>([
    ['hve@contoso.com', '[0]', '15 characters'],
    [{ ...ACCOUNT, address: 'hve' }, '[0].address', '"hve"'],
    [{ ...ACCOUNT, address: undefined }, '[0].address', 'nothing'],
    [{ ...ACCOUNT, secret: 'https://a.vault.azure.net/secrets/a' }, '[0].secret', '35 characters'],
    [{ ...ACCOUNT, displayName: 'a\nb' }, '[0].displayName', String.raw`"a\nb"`],
    [{ ...ACCOUNT, auth: 'basic' }, '[0].auth', '"basic"'],
    [{ ...ACCOUNT, pool: 'a@b' }, '[0].pool', '"a@b"'],
    [{ ...ACCOUNT, quotaPerDay: 0 }, '[0].quotaPerDay', 'the number 0'],
    [{ ...ACCOUNT, quotaPerDay: '500' }, '[0].quotaPerDay', '"500"'],
    [{ ...ACCOUNT, quota: 500 }, '[0].quota', 'an unknown field'],
  ])('refuses %j', (account, place, got) => {
    const { accounts, problems } = parseAccounts(JSON.stringify([account]));
    expect(accounts).toEqual([]);
    expect(problems).toMatchObject([{ setting: `HVE_ACCOUNTS${place}`, got }]);
  });

  it('says where a password belongs, and does not repeat it', () => {
    const [problem] = problemsOf({ ...ACCOUNT, password: 'hunter2' });
    expect(problem).toContain('put it into Key Vault');
    expect(problem).not.toContain('hunter2');
  });

  it('hints at the field that was meant', () => {
    expect(problemsOf({ ...ACCOUNT, displayname: 'a' })[0]).toContain('did you mean displayName?');
  });

  it('takes an account that logs in by OAuth, with or without the name of a password', () => {
    const { address } = ACCOUNT;
    const other = { address: 'payroll@contoso.com', auth: 'oauth', secret: 'payroll' };
    const { accounts, problems } = parseAccounts(JSON.stringify([{ address, auth: 'oauth' }, other]));
    expect(problems).toEqual([]);
    expect(accounts).toMatchObject([
      { address, auth: 'oauth', secret: null },
      { auth: 'oauth', secret: 'payroll' },
    ]);
    expect(problemsOf({ address, auth: 'password' })).toHaveLength(1);
    expect(problemsOf({ address, auth: 'oauth', secret: 'not a name!' })).toHaveLength(1);
  });

  it('takes the name of a pool, and nothing that looks like an address or a path for one', () => {
    expect(problemsOf({ ...ACCOUNT, pool: 'payslips' })).toEqual([]);
    for (const pool of ['a@contoso.com', 'a/b', '']) expect(problemsOf({ ...ACCOUNT, pool })).toHaveLength(1);
  });

  it('refuses an account that stands twice, however it is written', () => {
    expect(problemsOf(ACCOUNT, { ...ACCOUNT, address: 'HVE@CONTOSO.COM' })).toEqual([
      'HVE_ACCOUNTS[1].address: each account once; hve@contoso.com again',
    ]);
  });

  it('keeps the accounts that are right beside those that are not', () => {
    const { accounts, problems } = parseAccounts(JSON.stringify([{}, ACCOUNT]));
    expect(accounts).toHaveLength(1);
    expect(problems).toHaveLength(2);
  });
});
