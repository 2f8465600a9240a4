import { describe, expect, it } from 'vitest';
import { makeOperatorKey, takeKeyFromAddress } from '../../../dashboard/api/operatorKey.ts';

describe('the key in the address', () => {
  it('is taken, and the rest of the address stays', () => {
    const address = 'https://mail.contoso.com/api/dashboard?a=1&code=k%3D%3D#/messages?status=failed';
    expect(takeKeyFromAddress(address)).toEqual({
      key: 'k==',
      rest: 'https://mail.contoso.com/api/dashboard?a=1#/messages?status=failed',
    });
  });

  it('is none where there is none', () => {
    const address = 'https://mail.contoso.com/api/dashboard#/?code=not-this';
    expect(takeKeyFromAddress(address)).toEqual({ key: null, rest: address });
  });
});

describe('the kept key', () => {
  it('lives as long as the page where the browser forbids its storage', () => {
    const key = makeOperatorKey(() => {
      throw new Error('forbidden');
    });
    expect(key.read()).toBeNull();
    key.keep('k');
    expect(key.read()).toBe('k');
    key.forget();
    expect(key.read()).toBeNull();
  });
});
