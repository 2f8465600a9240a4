/** The contract of the quota, over the real ledger. */
import { makeLedger } from '../../../shared/adapters/storage/ledger.ts';
import { describeQuota } from '../../contracts/quota.ts';
import { chance, freshPrefix, openStorage } from '../adapters/storage/openStorage.ts';

describeQuota(
  'leases of the ledger in Azure Storage, the real SDKs against Azurite',
  async (instances) => {
    const prefix = freshPrefix();
    return Array.from({ length: instances }, () => makeLedger({ ...openStorage(prefix), chance }));
  },
  chance,
);
