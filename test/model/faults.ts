/** What goes wrong, and how the server answers: drawn from the run's chance. */
import type { Reply, SmtpStage } from '../../shared/core/reply.ts';
import type { Transaction } from '../../shared/ports.ts';
import type { Course } from './memory/modelHve.ts';
import type { VaultFault } from './memory/memorySecrets.ts';
import type { Pending, World } from './world.ts';

/** `late`: no answer, and the write lands a while later. */
export type StorageFault = 'none' | 'before' | 'after' | 'late';

function reply(text: string): Reply {
  const [code = '', enhanced = ''] = text.split(' ');
  return { code: Number(code), enhanced: /^\d\./.test(enhanced) ? enhanced : null, text };
}

const BEFORE: readonly { readonly stage: SmtpStage; readonly reply: Reply | null }[] = [
  { stage: 'dns', reply: null },
  { stage: 'connect', reply: null },
  { stage: 'connect', reply: reply('421 4.3.2 Service not available') },
  { stage: 'tls', reply: null },
  { stage: 'ehlo', reply: null },
  { stage: 'auth', reply: null },
  { stage: 'auth', reply: reply('535 5.7.3 Authentication unsuccessful') },
  { stage: 'auth', reply: reply('454 4.7.0 Temporary authentication failure') },
];
const AT_MAIL = [
  '451 4.7.0 Temporary server error. Please try again later. PRX2',
  '432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded',
  '421 4.4.2 Message submission rate for this client has exceeded the configured limit',
  '550 5.7.60 SMTP; Client does not have permissions to send as this sender',
  "550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients",
  '550 5.7.705 Access denied, tenant has exceeded threshold',
  '550 5.9.9 Something that nobody knows',
].map(reply);
const AT_RCPT = [
  '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found',
  '452 4.5.3 Too many recipients',
  '432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded',
  "550 5.7.233 Your message can't be sent because your tenant has exceeded its tenant external recipient rate limit",
].map(reply);
const AT_END = [
  '451 4.7.0 Temporary server error. Please try again later. PRX3',
  '552 5.3.4 Message size exceeds fixed maximum message size',
  '554 5.2.0 Something that nobody knows',
  '554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException',
  "550 5.7.233 Your message can't be sent because your tenant has exceeded its tenant external recipient rate limit",
  '550 5.5.105 External sending is not supported for High Volume Email accounts',
].map(reply);

export function drawCourse(world: World, { recipients }: Transaction): Course {
  const { random, profile } = world;
  if (!world.isFaulty || !random.chance(profile.smtpFault)) return { kind: 'goes' };
  const refused = recipients.filter(() => random.chance(0.5));
  const replies = new Map(refused.map((address) => [address, random.pick(AT_RCPT)]));
  const partly = random.chance(0.3) ? { replies } : {};
  if (random.chance(profile.lostShare)) return { kind: 'lostAfter', taken: random.chance(0.6), ...partly };
  switch (random.pick(['before', 'mail', 'rcpt', 'data', 'end', 'lost'] as const)) {
    case 'before':
      return { kind: 'before', ...random.pick(BEFORE) };
    case 'mail':
      return { kind: 'refused', stage: 'mail', reply: random.pick(AT_MAIL) };
    case 'rcpt':
      return { kind: 'goes', replies };
    case 'data':
      return { kind: 'refused', stage: 'data', reply: random.pick(AT_MAIL) };
    case 'end':
      return { kind: 'refused', stage: 'end-of-data', reply: random.pick(AT_END), ...partly };
    case 'lost':
      return { kind: 'lostBefore', stage: random.pick(['mail', 'rcpt', 'data'] as const) };
  }
}

export function drawVaultFault({ isFaulty, random, profile }: World): VaultFault | null {
  if (!isFaulty || !random.chance(profile.vaultFault)) return null;
  return random.pick(['forbidden', 'throttled', 'unavailable'] as const);
}

export function drawStorageFault(world: World, { kind, name, instance }: Pending): StorageFault {
  const { isFaulty, random, profile, time, outageUntil } = world;
  if (!isFaulty || instance.wasFrozen || (kind !== 'read' && kind !== 'write')) return 'none';
  if (time.now < outageUntil) return 'before';
  const { storageFault, ledgerFault } = profile;
  const share = name.startsWith('ledger') ? Math.max(storageFault, ledgerFault) : storageFault;
  if (!random.chance(share)) return 'none';
  return kind === 'read' ? 'before' : random.pick(['before', 'after', 'late'] as const);
}
