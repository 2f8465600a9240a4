import { describe, expect, test } from 'vitest';
import type { SmtpStage } from '../../../shared/core/reply.ts';
import { mailOf } from './mailOf.ts';
import {
  PATIENT,
  IMPATIENT,
  IMPATIENT_MS,
  mailBytes,
  makeTransaction,
  failureOf,
  type MailTransportWorld,
} from './world.ts';

export function describeLostConnections(world: MailTransportWorld): void {
  const { use, script, useScripted, inbox, fault, usesBdat } = world;

  describe('a connection that dies, and a server that says nothing', () => {
    const all = [
      ['greeting', 'connect', 'notSent'],
      ['EHLO', 'ehlo', 'notSent'],
      ['STARTTLS', 'tls', 'notSent'],
      ['EHLO-SECURE', 'ehlo', 'notSent'],
      ['AUTH', 'auth', 'notSent'],
      ['MAIL', 'mail', 'notSent'],
      ['RCPT', 'rcpt', 'notSent'],
      ['DATA', 'data', 'notSent'],
      ['END-OF-DATA', 'end-of-data', 'unknown'],
    ] as const satisfies readonly (readonly [string, SmtpStage, string])[];
    const places = all.filter(([place]) => place !== 'DATA' || !usesBdat);

    test.for(places)('dropped at %s: stage %s, %s', async ([place, stage, result]) => {
      const server = await script({ [place]: 'drop' });
      const recipients = ['ann@contoso.com', 'bob@contoso.com'];
      const { recipients: results } = await useScripted(server).send(makeTransaction({ recipients }));
      expect(results).toMatchObject(
        recipients.map(() => ({ result, failure: { stage, reply: null, givenUp: false } })),
      );
      expect(server.messages).toHaveLength(result === 'unknown' ? 1 : 0);
    });

    test('stalled at any stage: the step’s own time ends it, and the words say what was waited for', async () => {
      const stalls = places.map(async ([place, stage, result]) => {
        const server = await script({ [place]: 'stall' });
        const { recipients } = await useScripted(server, { timeouts: IMPATIENT }).send(makeTransaction());
        expect(recipients).toMatchObject([{ result, failure: { stage, reply: null } }]);
        expect(failureOf(recipients[0]).error).toMatch(/^no .+ within 3 s$/);
        await expect.poll(() => server.connections().open).toBe(0);
      });
      await Promise.all(stalls);
    });

    test('one recipient refused before the connection dies keeps its refusal', async () => {
      const server = await script({
        RCPT: (line) => (line.includes('ann') ? '550 5.1.10 nobody' : line.includes('bob') ? 'drop' : null),
      });
      const recipients = ['ann@contoso.com', 'bob@contoso.com'];
      const { recipients: results } = await useScripted(server).send(makeTransaction({ recipients }));
      expect(results).toMatchObject([
        { result: 'refused', stage: 'rcpt', reply: { enhanced: '5.1.10' } },
        { result: 'notSent', failure: { stage: 'rcpt' } },
      ]);
    });

    test('lost after the server took it: unknown, although it is in the inbox', async () => {
      await fault({ stage: 'end-of-data', reply: 'drop', count: 1 });
      const transport = use();
      const transaction = makeTransaction();
      expect((await transport.send(transaction)).recipients).toMatchObject([
        { result: 'unknown', failure: { stage: 'end-of-data' } },
      ]);
      expect(await inbox()).toHaveLength(1);
      // What the flow does then: the same identity again.
      expect((await transport.send(transaction)).recipients).toMatchObject([{ result: 'accepted' }]);
      expect((await inbox())[0]!.repeatOf).not.toBeNull();
    });

    test('dropped in the middle of the data: not sent', async () => {
      const server = await script({ 'MID-DATA': (data) => (data.length > 300_000 ? 'drop' : '') });
      const bytes = mailBytes('x'.repeat(70).concat('\r\n').repeat(200_000));
      const { recipients } = await useScripted(server).send(makeTransaction({ mail: mailOf(bytes) }));
      expect(recipients).toMatchObject([{ result: 'notSent', failure: { stage: 'data', reply: null } }]);
    });

    test('a server that takes no more of the data: not sent, after the time of one step', async () => {
      const server = await script({ 'MID-DATA': 'stall' });
      const bytes = mailBytes('x'.repeat(70).concat('\r\n').repeat(250_000));
      let asked = 0;
      const { recipients } = await useScripted(server, { timeouts: IMPATIENT }).send(
        makeTransaction({ mail: mailOf(bytes), pointOfNoReturn: () => ++asked > 0 }),
      );
      expect(recipients).toMatchObject([{ result: 'notSent', failure: { stage: 'data', reply: null } }]);
      expect(failureOf(recipients[0]).error).toMatch(/^no .+ within 3 s$/);
      expect(asked).toBe(0);
    });

    test('a connection that died while it was idle does not stand in the way of the next send', async () => {
      const server = await script();
      const transport = useScripted(server, { connections: 1 });
      await transport.send(makeTransaction());
      server.cut();
      await expect.poll(() => server.connections().open).toBe(0);
      const { recipients } = await transport.send(makeTransaction());
      expect(recipients).toMatchObject([{ result: 'accepted' }]);
    });

    test('one of several that die together fails each send once, and the next ones go', async () => {
      let dropped = 0;
      const server = await script({ MAIL: () => (++dropped <= 3 ? 'drop' : null) });
      const transport = useScripted(server);
      const all = await Promise.all(Array.from({ length: 12 }, () => transport.send(makeTransaction())));
      const results = all.map(({ recipients }) => recipients[0]!.result);
      expect(results.filter((result) => result === 'notSent')).toHaveLength(3);
      expect(results.filter((result) => result === 'accepted')).toHaveLength(9);
      expect(server.messages).toHaveLength(9);
    });

    test('the whole of it has a time, waiting for a free connection included', async () => {
      const server = await script({ MAIL: 'stall' });
      const timeouts = { ...PATIENT, transactionMs: IMPATIENT_MS };
      const transport = useScripted(server, { connections: 1, timeouts });
      const all = await Promise.all([1, 2, 3].map(() => transport.send(makeTransaction())));
      const failures = all.map(({ recipients }) => failureOf(recipients[0]));
      expect(failures[0]).toMatchObject({ stage: 'mail', error: 'not sent within 3 s', givenUp: false });
      expect(failures[2]!.error).toMatch(/^(no free connection|not sent) within 3 s$/);
      expect(server.messages).toEqual([]);
    });
  });
}
