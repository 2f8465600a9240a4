/** The memory ports of the model pass the contract suites of the real ones, so that what the model proves holds for both. */
import { describeApps } from '../contracts/apps.ts';
import { describeBlobs } from '../contracts/blobs.ts';
import { describeDays } from '../contracts/days.ts';
import { describeDeadLetters } from '../contracts/deadLetters.ts';
import { describeDeliveryQueues } from '../contracts/deliveryQueues.ts';
import { describeIdempotencyKeys } from '../contracts/idempotencyKeys.ts';
import { describeKeptMessages } from '../contracts/keptMessages.ts';
import { describeLedger } from '../contracts/ledger.ts';
import { describeMessageStore } from '../contracts/messageStore.ts';
import { describeRetentionNotes } from '../contracts/retentionNotes.ts';
import { NOON } from '../contracts/sampleMessages.ts';
import { describeSecretStore } from '../contracts/secretStore.ts';
import { describeStandings } from '../contracts/standings.ts';
import { describeWaitingRooms } from '../contracts/waitingRooms.ts';
import { direct } from './memory/boundary.ts';
import { makeAppTable, makeMemoryApps } from './memory/memoryApps.ts';
import { makeMemoryKept } from './memory/memoryKept.ts';
import { makeLedgerTable, makeMemoryLedger } from './memory/memoryLedger.ts';
import { VAULT_RETRY_AFTER_MS, makeMemorySecrets } from './memory/memorySecrets.ts';
import type { Vault } from './memory/memorySecrets.ts';
import { makeMemoryStore, makeMessageTable } from './memory/messageTable.ts';
import { makeMemoryQueues, makeQueueTable, takeItem, visibleItems } from './memory/queueTable.ts';
import {
  makeMemoryBlobs,
  makeMemoryDays,
  makeMemoryDeadLetters,
  makeMemoryKeys,
  makeMemoryNotes,
  makeMemoryStandings,
  makeSmallTables,
} from './memory/smallTables.ts';
import { makeMemoryRooms, makeWaitingTable } from './memory/waitingTable.ts';

const MEMORY = 'in memory, for the model';
describeMessageStore(MEMORY, async () => makeMemoryStore(makeMessageTable(), direct));
describeWaitingRooms(MEMORY, async () => makeMemoryRooms(makeWaitingTable(), direct));
describeDays(MEMORY, async () => makeMemoryDays(makeSmallTables(), direct));
describeStandings(MEMORY, async () => makeMemoryStandings(makeSmallTables(), direct));
describeDeadLetters(MEMORY, async () => makeMemoryDeadLetters(makeSmallTables(), direct));
describeIdempotencyKeys(MEMORY, async () => makeMemoryKeys(makeSmallTables(), direct));

describeDeliveryQueues(MEMORY, async () => {
  const table = makeQueueTable();
  let now = NOON;
  return {
    queues: makeMemoryQueues(table, direct, () => now),
    countVisible: async (queue) => visibleItems(table, now, queue).length,
    async take(queue, invisibleMs) {
      const [item] = visibleItems(table, now, queue);
      if (!item) return null;
      takeItem(table, item, now + invisibleMs);
      return { text: item.text, neverExpires: true };
    },
    letGoBy: (ms) => void (now += ms),
  };
});

describeBlobs(MEMORY, async () => {
  const tables = makeSmallTables();
  return {
    blobs: makeMemoryBlobs(tables, direct, Date.now),
    async putContent(path, bytes) {
      tables.content.set(path, bytes);
      tables.blobFacts.set(`content ${path}`, { writtenAt: Date.now(), etag: '' });
    },
  };
});

describeKeptMessages(MEMORY, async () => {
  const table = makeMessageTable();
  return { kept: makeMemoryKept(table, direct), store: makeMemoryStore(table, direct) };
});
describeRetentionNotes(MEMORY, async () => makeMemoryNotes(makeSmallTables(), direct));

describeLedger(MEMORY, async (instances) => {
  const table = makeLedgerTable();
  return Array.from({ length: instances }, () => makeMemoryLedger(table, direct));
});

describeApps(MEMORY, async () => makeMemoryApps(makeAppTable(), direct));

describeSecretStore(MEMORY, async () => {
  let versions = 0;
  let failing: { how: 'forbidden' | 'throttled' | 'unavailable' | 'stall'; left: number } | null = null;
  const vault: Vault = {
    secrets: new Map(),
    faultOf() {
      if (!failing) return null;
      // Like the real one it asks an unavailable vault again, and a throttled one not.
      if (failing.how === 'unavailable') failing.left--;
      if (failing.left <= 0) return (failing = null);
      const { how } = failing;
      if (how === 'throttled') failing.left--;
      if (failing.left <= 0) failing = null;
      return how === 'stall' ? 'unavailable' : how;
    },
  };
  const store = makeMemorySecrets(vault, direct);
  return {
    store,
    impatient: { store, timeoutMs: 0 },
    retryAfterMs: VAULT_RETRY_AFTER_MS,
    set: (name, value, options) =>
      void vault.secrets.set(name, { value, version: `v${++versions}`, enabled: options?.enabled ?? true }),
    fail: (how, count = Infinity) => void (failing = how && { how, left: count }),
    close: async () => undefined,
  };
});
