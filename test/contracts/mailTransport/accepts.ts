import { describe, expect, test } from 'vitest';
import { ACCOUNT } from '../../local/simulator/testSimulator.ts';
import { mailOf } from './mailOf.ts';
import { mailBytes, makeTransaction, type MailTransportWorld } from './world.ts';

export function describeAccepts(world: MailTransportWorld): void {
  const { use, script, useScripted, inbox, raw } = world;

  describe('what the server takes', () => {
    test('one recipient is accepted, with the reply to the data', async () => {
      const { recipients } = await use().send(makeTransaction());
      expect(recipients).toEqual([
        {
          result: 'accepted',
          reply: { code: 250, enhanced: '2.0.0', text: expect.stringMatching(/^250 2\.0\.0 OK <.+>/) },
        },
      ]);
      expect(await inbox()).toMatchObject([{ account: ACCOUNT.address, to: ['ann@contoso.com'] }]);
    });

    test('the bytes arrive unchanged, after the Message-ID and Date exactly as given', async () => {
      const body = '.\r\n..\r\n.leading dot\r\nends with a dot.\r\n.\r\n\r\nlast line\r\n';
      const bytes = mailBytes(body);
      const transaction = makeTransaction({ mail: mailOf(bytes) });
      await use().send(transaction);
      const [mail] = await inbox();
      const identity = `Message-ID: ${mail!.messageId}\r\nDate: Tue, 24 Nov 2026 08:00:00 +0000\r\n`;
      expect(await raw(mail!.id)).toBe(identity + Buffer.from(bytes).toString('latin1'));
      expect(mail!.messageId).toBe(transaction.identity.messageId);
      expect(mail!.sizeBytes).toBe(identity.length + bytes.length);
    });

    test('a mail in pieces arrives as one, wherever they end', async () => {
      const body = '.\r\n..\r\nin pieces\r\n\r\n.\r\n';
      const bytes = mailBytes(body);
      const pieces = Array.from(bytes, (byte) => Uint8Array.of(byte));
      await use().send(makeTransaction({ mail: mailOf(...pieces, new Uint8Array()) }));
      const [mail] = await inbox();
      expect((await raw(mail!.id)).endsWith(Buffer.from(bytes).toString('latin1'))).toBe(true);
    });

    test('the same identity again is an exact repeat', async () => {
      const transport = use();
      const transaction = makeTransaction();
      await transport.send(transaction);
      await transport.send(transaction);
      const [repeat, first] = await inbox();
      expect(repeat!.repeatOf).toBe(first!.id);
    });

    test('a mail of some megabytes arrives whole', async () => {
      const line = `${'0123456789'.repeat(7)}\r\n`;
      const bytes = mailBytes(line.repeat(60_000));
      const { recipients } = await use().send(makeTransaction({ mail: mailOf(bytes) }));
      expect(recipients).toMatchObject([{ result: 'accepted' }]);
      const [mail] = await inbox();
      expect(await raw(mail!.id)).toMatch(new RegExp(`${line}$`));
      expect(mail!.sizeBytes).toBeGreaterThan(bytes.length);
    });

    test('a server without PIPELINING gets one command at a time', async () => {
      const server = await script({ 'EHLO-SECURE': '250-scripted\r\n250 AUTH LOGIN' });
      const recipients = ['ann@contoso.com', 'bob@contoso.com'];
      const { recipients: results } = await useScripted(server).send(makeTransaction({ recipients }));
      expect(results).toMatchObject([{ result: 'accepted' }, { result: 'accepted' }]);
      expect(server.messages).toHaveLength(1);
    });

    test('24 at once go over the 3 connections that are allowed, and the connections serve again', async () => {
      const server = await script();
      const transport = useScripted(server);
      const all = await Promise.all(Array.from({ length: 24 }, () => transport.send(makeTransaction())));
      expect(all.flatMap(({ recipients }) => recipients.map(({ result }) => result))).toEqual(
        Array.from({ length: 24 }, () => 'accepted'),
      );
      expect(server.messages).toHaveLength(24);
      expect(server.connections()).toMatchObject({ most: 3, total: 3 });
    });

    test('setConnections lowers and raises how many are open at once', async () => {
      const server = await script();
      const transport = useScripted(server, { connections: 1 });
      const sendTen = () => Promise.all(Array.from({ length: 10 }, () => transport.send(makeTransaction())));
      await sendTen();
      expect(server.connections().most).toBe(1);
      transport.setConnections(ACCOUNT.address, 4);
      await sendTen();
      // The fourth may be open only after the others have sent everything.
      await expect.poll(() => server.connections().most).toBe(4);
      transport.setConnections(ACCOUNT.address, 1);
      await expect.poll(() => server.connections().open).toBe(1);
      transport.setConnections(ACCOUNT.address, 0);
      await sendTen();
      expect(server.connections().open).toBe(1);
    });
  });
}
