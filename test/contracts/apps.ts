import { beforeEach, describe, expect, it } from 'vitest';
import type { AppRules } from '../../shared/core/appRules.ts';
import type { Apps } from '../../shared/ports.ts';

/** The contract of the port Apps. Each `open` gives one in which nothing was laid down. */
export function describeApps(title: string, open: () => Promise<Apps>): void {
  describe(`Apps: ${title}`, () => {
    let apps: Apps;
    beforeEach(async () => {
      apps = await open();
    });

    it('has nothing of an app for which nothing was laid down', async () => {
      expect(await apps.read('payroll')).toBeNull();
    });

    it('keeps the rules of each app as they were written last', async () => {
      const first: AppRules = {
        name: 'payroll',
        accounts: ['hve@contoso.com', 'team'],
        quotaPerDay: 5000,
        highestPriority: 'normal',
      };
      const second: AppRules = { name: 'payroll', accounts: null, quotaPerDay: null, highestPriority: null };
      await apps.write(first);
      expect(await apps.read('payroll')).toEqual(first);
      await apps.write({ ...first, name: 'other' });
      await apps.write(second);
      expect(await apps.read('payroll')).toEqual(second);
      expect(await apps.read('other')).toEqual({ ...first, name: 'other' });
    });
  });
}
