import { describe, expect, test } from 'vitest';
import { mailOf } from './mailOf.ts';
import { mailBytes, makeTransaction, type MailTransportWorld } from './world.ts';

export function describeRefusals(world: MailTransportWorld): void {
  const { use, script, useScripted, inbox, fault } = world;
  /** A mail of one chunk: what is refused in place of DATA is the answer to its end. */
  const heardAt = <Stage extends string>(stage: Stage): Stage | 'end-of-data' =>
    world.usesBdat && stage === 'data' ? 'end-of-data' : stage;

  describe('what the server refuses', () => {
    const notFound = '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found';

    test('each recipient has its own result', async () => {
      await fault({ stage: 'rcpt', reply: notFound, address: 'bob@contoso.com' });
      const recipients = ['ann@contoso.com', 'bob@contoso.com', 'eve@example.org', 'dan@contoso.com'];
      const { recipients: results } = await use().send(makeTransaction({ recipients }));
      expect(results).toMatchObject([
        { result: 'accepted' },
        { result: 'refused', stage: 'rcpt', reply: { code: 550, enhanced: '5.1.10', text: notFound } },
        { result: 'refused', stage: 'rcpt', reply: { enhanced: '5.5.105' } },
        { result: 'accepted' },
      ]);
      expect(await inbox()).toMatchObject([{ to: ['ann@contoso.com', 'dan@contoso.com'] }]);
    });

    test.for([true, false])(
      'all recipients refused: each with its reply (pipelining: %s)',
      async (pipelining) => {
        const extensions = pipelining ? '250-PIPELINING\r\n' : '';
        const server = await script({
          'EHLO-SECURE': `250-scripted\r\n${extensions}250 AUTH LOGIN`,
          RCPT: (line) =>
            line.includes('ann') ? '550-5.1.10 nobody\r\n550 5.1.10 here' : '452 4.5.3 too many',
          DATA: '503 5.5.1 need RCPT',
        });
        const transport = useScripted(server, { connections: 1 });
        const recipients = ['ann@contoso.com', 'bob@contoso.com'];
        const { recipients: results } = await transport.send(makeTransaction({ recipients }));
        expect(results).toEqual([
          {
            result: 'refused',
            stage: 'rcpt',
            reply: { code: 550, enhanced: '5.1.10', text: '550 5.1.10 nobody here' },
          },
          {
            result: 'refused',
            stage: 'rcpt',
            reply: { code: 452, enhanced: '4.5.3', text: '452 4.5.3 too many' },
          },
        ]);
        expect(server.messages).toEqual([]);
      },
    );

    test.for([
      ['mail', '550 5.7.60 SMTP; Client does not have permissions to send as this sender'],
      ['data', '451 4.7.0 Temporary server error. Please try again later. PRX2'],
      ['end-of-data', '552 5.3.4 Message size exceeds fixed maximum message size'],
    ] as const)(
      'a refusal at %s is every recipient’s, and the connection serves on',
      async ([stage, reply]) => {
        await fault({ stage, reply, count: 1 });
        const transport = use({ connections: 1 });
        const recipients = ['ann@contoso.com', 'bob@contoso.com'];
        const { recipients: results } = await transport.send(makeTransaction({ recipients }));
        expect(results).toMatchObject(
          recipients.map(() => ({ result: 'refused', stage: heardAt(stage), reply: { text: reply } })),
        );
        expect(await inbox()).toEqual([]);
        const next = await transport.send(makeTransaction());
        expect(next.recipients).toMatchObject([{ result: 'accepted' }]);
      },
    );

    test('a refusal at the end of the data leaves those refused before it with their own', async () => {
      await fault({ stage: 'end-of-data', reply: '554 5.2.0 no' });
      const recipients = ['ann@contoso.com', 'eve@example.org'];
      const { recipients: results } = await use().send(makeTransaction({ recipients }));
      expect(results).toMatchObject([
        { result: 'refused', stage: 'end-of-data', reply: { enhanced: '5.2.0' } },
        { result: 'refused', stage: 'rcpt', reply: { enhanced: '5.5.105' } },
      ]);
    });

    test('a refusal in the middle of the data is a refusal at data, and nothing is delivered', async () => {
      const server = await script({
        'MID-DATA': (data) => (data.length > 300_000 ? '552 5.3.4 too large' : ''),
      });
      const bytes = mailBytes('x'.repeat(70).concat('\r\n').repeat(200_000));
      const { recipients } = await useScripted(server).send(makeTransaction({ mail: mailOf(bytes) }));
      expect(recipients).toMatchObject([{ result: 'refused', stage: 'data', reply: { code: 552 } }]);
      expect(server.messages).toEqual([]);
    });

    test.for([
      ['mail', 'refused'],
      ['data', 'refused'],
      ['end-of-data', 'refused'],
    ] as const)(
      'a 421 at %s is a reply with its stage; the next send has a new connection',
      async ([stage, result]) => {
        const reply = '421 4.4.2 Message submission rate for this client has exceeded the configured limit';
        await fault({ stage, reply, count: 1 });
        const transport = use({ connections: 1 });
        const { recipients } = await transport.send(makeTransaction());
        expect(recipients).toMatchObject([
          { result, stage: heardAt(stage), reply: { code: 421, text: reply } },
        ]);
        expect((await transport.send(makeTransaction())).recipients).toMatchObject([{ result: 'accepted' }]);
      },
    );

    test('a 421 at a recipient: that one is refused by it, the others were not sent because of it', async () => {
      await fault({ stage: 'rcpt', reply: '421 4.3.2 closing', address: 'bob@contoso.com' });
      const recipients = ['ann@contoso.com', 'bob@contoso.com', 'dan@contoso.com'];
      const { recipients: results } = await use().send(makeTransaction({ recipients }));
      const notSent = {
        result: 'notSent',
        failure: { stage: 'rcpt', reply: { code: 421, enhanced: '4.3.2' }, givenUp: false },
      };
      expect(results).toMatchObject([
        notSent,
        { result: 'refused', stage: 'rcpt', reply: { code: 421 } },
        notSent,
      ]);
      expect(await inbox()).toEqual([]);
    });
  });
}
