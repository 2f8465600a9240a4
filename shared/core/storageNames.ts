/** Every name in Storage, once: the code, the Bicep and the local stack take them from here. */
export const QUEUES = { outbox: 'mail-outbox', deliveries: 'mail-deliveries', bulk: 'mail-bulk' } as const;

/** How the host names the queue for what was taken `maxDequeueCount` times: never by design, an alert watches them. */
export const POISON_SUFFIX = '-poison';

export const TABLES = {
  messages: 'messages',
  keys: 'keys',
  waiting: 'waiting',
  quota: 'quota',
  accounts: 'accounts',
  apps: 'apps',
  deadletters: 'deadletters',
  days: 'days',
} as const;

/** `content` is the producers' (claim checks, attachments by name), `payloads` is ours alone. */
export const CONTAINERS = { content: 'mail-content', payloads: 'mail-payloads' } as const;
