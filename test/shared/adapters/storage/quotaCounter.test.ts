import { describeQuotaPort } from '../../../contracts/quotaPort.ts';
import { openQuotaCounter, SPEND_WITHIN_MS } from './openQuotaCounter.ts';

describeQuotaPort('a counter on Azure Tables, the real SDK against Azurite', {
  spendWithinMs: SPEND_WITHIN_MS,
  open: async (world, instances) => openQuotaCounter(world, instances),
});
