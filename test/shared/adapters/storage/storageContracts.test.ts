/** Every port of Storage, on the real SDKs against Azurite. */
import { makeBlobs } from '../../../../shared/adapters/storage/blobs.ts';
import { makeDays } from '../../../../shared/adapters/storage/days.ts';
import { makeDeadLetters } from '../../../../shared/adapters/storage/deadLetters.ts';
import { makeDeliveryQueues } from '../../../../shared/adapters/storage/deliveryQueues.ts';
import { makeIdempotencyKeys } from '../../../../shared/adapters/storage/idempotencyKeys.ts';
import { makeKeptMessages } from '../../../../shared/adapters/storage/keptMessages.ts';
import { makeLedger } from '../../../../shared/adapters/storage/ledger.ts';
import { makeMessageStore } from '../../../../shared/adapters/storage/messageStore.ts';
import { makeRetentionNotes } from '../../../../shared/adapters/storage/retentionNotes.ts';
import { makeApps } from '../../../../shared/adapters/storage/apps.ts';
import { makeStandings } from '../../../../shared/adapters/storage/standings.ts';
import { makeWaitingRooms } from '../../../../shared/adapters/storage/waitingRooms.ts';
import { describeBlobs } from '../../../contracts/blobs.ts';
import { describeDays } from '../../../contracts/days.ts';
import { describeDeadLetters } from '../../../contracts/deadLetters.ts';
import { describeDeliveryQueues } from '../../../contracts/deliveryQueues.ts';
import { describeIdempotencyKeys } from '../../../contracts/idempotencyKeys.ts';
import { describeKeptMessages } from '../../../contracts/keptMessages.ts';
import { describeLedger } from '../../../contracts/ledger.ts';
import { describeRetentionNotes } from '../../../contracts/retentionNotes.ts';
import { describeMessageStore } from '../../../contracts/messageStore.ts';
import { describeApps } from '../../../contracts/apps.ts';
import { describeStandings } from '../../../contracts/standings.ts';
import { describeWaitingRooms } from '../../../contracts/waitingRooms.ts';
import { chance, freshPrefix, openStorage } from './openStorage.ts';

const AZURITE = 'Azure Storage, the real SDKs against Azurite';

describeMessageStore(AZURITE, async () => makeMessageStore(openStorage()));
describeWaitingRooms(AZURITE, async () => makeWaitingRooms(openStorage()));
describeDays(AZURITE, async () => makeDays({ ...openStorage(), chance }));
describeApps(AZURITE, async () => makeApps(openStorage()));
describeStandings(AZURITE, async () => makeStandings(openStorage()));
describeDeadLetters(AZURITE, async () => makeDeadLetters(openStorage()));
describeIdempotencyKeys(AZURITE, async () => makeIdempotencyKeys(openStorage()));
describeKeptMessages(AZURITE, async () => {
  const opened = openStorage();
  return { kept: makeKeptMessages(opened), store: makeMessageStore(opened) };
});
describeRetentionNotes(AZURITE, async () => makeRetentionNotes(openStorage()));
describeLedger(AZURITE, async (instances) => {
  const prefix = freshPrefix();
  return Array.from({ length: instances }, () => makeLedger({ ...openStorage(prefix), chance }));
});

describeDeliveryQueues(AZURITE, async () => {
  const { storage } = openStorage();
  return {
    queues: makeDeliveryQueues({ storage }),
    async countVisible(queue) {
      const client = await storage.queue(queue);
      const { peekedMessageItems } = await client.peekMessages({ numberOfMessages: 32 });
      return peekedMessageItems.length;
    },
    async take(queue, invisibleMs) {
      const client = await storage.queue(queue);
      await client.createIfNotExists();
      const { receivedMessageItems } = await client.receiveMessages({
        visibilityTimeout: invisibleMs / 1000,
      });
      const [item] = receivedMessageItems;
      return item ? { text: item.messageText, neverExpires: item.expiresOn.getUTCFullYear() === 9999 } : null;
    },
  };
});

describeBlobs(AZURITE, async () => {
  const { storage } = openStorage();
  return {
    blobs: makeBlobs({ storage }),
    async putContent(path, bytes) {
      const container = await storage.container('content');
      await container.createIfNotExists();
      await container.getBlockBlobClient(path).uploadData(bytes);
    },
  };
});
