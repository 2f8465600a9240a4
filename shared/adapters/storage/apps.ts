import type { AppRules } from '../../core/appRules.ts';
import type { Apps } from '../../ports.ts';
import type { StorageAccess } from './connectStorage.ts';
import { packedJson } from './packed.ts';
import { encodeKey } from './tableKeys.ts';

const PARTITION = 'apps';
const RULES = packedJson<AppRules>('rules');

/** What was laid down for the apps, in the table `apps`. */
export function makeApps(deps: { readonly storage: StorageAccess }): Apps {
  const table = deps.storage.table('apps');
  return {
    async read(name) {
      const row = await table.read({ partitionKey: PARTITION, rowKey: encodeKey(name) });
      const rules = row && RULES.read(row.columns);
      // The first version knew no quota of an app.
      return rules && { ...rules, quotaPerDay: rules.quotaPerDay ?? null };
    },
    async write(rules) {
      await table.upsert({
        partitionKey: PARTITION,
        rowKey: encodeKey(rules.name),
        columns: RULES.columnsOf(rules),
      });
    },
  };
}
