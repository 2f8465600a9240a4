import { describe, expect, it } from 'vitest';
import { REPLY_RULES } from '../../../shared/core/replyRules.ts';
import { actorOf, needsNobody } from '../../../shared/core/remedy.ts';

describe('who acts on a remedy', () => {
  it('is laid down for each reply that fails a recipient or a message', () => {
    const failing = REPLY_RULES.filter(({ action }) => action === 'fail').map(({ remedy }) => remedy);
    const byActor = Object.groupBy([...new Set(failing)], actorOf);
    expect(byActor).toEqual({
      app: [
        'send it another way; check the accepted domains. At the end of the data it refuses the external recipients only: the internal ones are tried again without them',
        'take the blocked recipient out, or change the tenant allow/block list',
        'make the message smaller, or send a link instead of the attachment',
        'correct the address',
        'correct the message, or report it as a defect of this software',
      ],
      operator: [
        "From must be the HVE account's own address. Operator: each address in HVE_ACCOUNTS must be the primary address of an HVE account (Get-MailUser -HVEAccount); then redrive. App: leave `from` out, or name one of those accounts or their pool",
        'lower the recipients per message',
        'allow the HVE address as a sender to it',
      ],
    });
  });

  it('is nobody where it says none, or only time cures it', () => {
    const curedByTime = REPLY_RULES.filter(({ remedy }) => remedy.startsWith('wait for the window'));
    expect(curedByTime.length).toBeGreaterThan(3);
    const none = REPLY_RULES.filter(({ remedy }) => remedy.startsWith('none'));
    for (const { remedy } of [...curedByTime, ...none]) expect(actorOf(remedy)).toBe('nobody');
    expect(needsNobody('none if it passes by itself; else check HVE_SMTP_HOST')).toBe(false);
  });

  it('is the operator where nobody has said', () => {
    expect(actorOf('do something that no table knows')).toBe('operator');
  });
});
