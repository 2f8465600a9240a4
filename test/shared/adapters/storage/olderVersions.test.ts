/** R10: what the previous version wrote is understood. */
import { expect, it } from 'vitest';
import { makeApps } from '../../../../shared/adapters/storage/apps.ts';
import { packedJson } from '../../../../shared/adapters/storage/packed.ts';
import { openStorage } from './openStorage.ts';

it('reads rules of an app that were written before an app could have a quota', async () => {
  const { storage } = openStorage();
  const first = { name: 'payroll', accounts: ['hve@contoso.com'], highestPriority: 'normal' } as const;
  const columns = packedJson<typeof first>('rules').columnsOf(first);
  await storage.table('apps').upsert({ partitionKey: 'apps', rowKey: 'payroll', columns });
  const apps = makeApps({ storage });
  expect(await apps.read('payroll')).toEqual({ ...first, quotaPerDay: null });
  await apps.write({ ...first, quotaPerDay: 10 });
  expect(await apps.read('payroll')).toEqual({ ...first, quotaPerDay: 10 });
});
