import { describe, expect, test } from 'vitest';
import type { Credential } from '../../../shared/ports.ts';
import { ACCOUNT } from '../../local/simulator/testSimulator.ts';
import { PASSWORD, makeTransaction, failureOf, type MailTransportWorld } from './world.ts';

export function describeBeforeMail(world: MailTransportWorld): void {
  const { use, script, useScripted, inbox, simulatorCa } = world;

  describe('whatever fails before MAIL', () => {
    test.for([
      ['password', { kind: 'password', password: 'wrong-secret' }, '5.7.139'],
      ['XOAUTH2', { kind: 'oauth', accessToken: 'stale-secret' }, '5.7.143'],
    ] as const)(
      'a refused %s fails at auth with the reply, and names no secret',
      async ([, credential, enhanced]) => {
        const transport = use();
        const { recipients } = await transport.send(makeTransaction({ credential }));
        expect(recipients).toMatchObject([
          { result: 'notSent', failure: { stage: 'auth', reply: { code: 535, enhanced }, givenUp: false } },
        ]);
        const words = JSON.stringify([recipients, await transport.verify(ACCOUNT.address, credential)]);
        for (const form of ['utf8', 'base64'] as const) {
          expect(words).not.toContain(Buffer.from('secret').toString(form).slice(0, 6));
        }
        expect(await inbox()).toEqual([]);
      },
    );

    test('a token that is good logs in by XOAUTH2', async () => {
      const credential: Credential = { kind: 'oauth', accessToken: 'good' };
      expect(await use().verify(ACCOUNT.address, credential)).toBeNull();
      const { recipients } = await use().send(makeTransaction({ credential }));
      expect(recipients).toMatchObject([{ result: 'accepted' }]);
    });

    test('a challenge before the refusal of a token is answered, and the refusal is what is reported', async () => {
      const server = await script({
        AUTH: (line) => (line === '' ? null : '334 eyJzdGF0dXMiOiI0MDAifQ=='),
      });
      const answering = await script({ AUTH: '334 eyJzdGF0dXMiOiI0MDAifQ==' });
      const credential: Credential = { kind: 'oauth', accessToken: 'x' };
      const failure = await useScripted(server).verify(ACCOUNT.address, credential);
      // The script takes the empty answer for a command that it does not know.
      expect(failure).toMatchObject({ stage: 'auth', reply: { code: 500, enhanced: '5.5.1' } });
      expect(await useScripted(answering).verify(ACCOUNT.address, credential)).toMatchObject({
        stage: 'auth',
      });
    });

    test('a password goes by AUTH LOGIN only, never PLAIN', async () => {
      const both = await script({ 'EHLO-SECURE': '250-scripted\r\n250 AUTH PLAIN LOGIN XOAUTH2 CRAM-MD5' });
      expect(await useScripted(both).verify(ACCOUNT.address, PASSWORD)).toBeNull();
      expect(both.commands.filter((line) => line.startsWith('AUTH'))).toEqual(['AUTH LOGIN']);
    });

    test.for([
      [PASSWORD, 'PLAIN XOAUTH2', 'LOGIN'],
      [{ kind: 'oauth', accessToken: 'good' }, 'LOGIN', 'XOAUTH2'],
      [PASSWORD, '', 'LOGIN'],
    ] as const)(
      'a login that is not offered is not tried: %o of %s',
      async ([credential, offered, missing]) => {
        const capability = offered === '' ? 'HELP' : `AUTH ${offered}`;
        const server = await script({ 'EHLO-SECURE': `250-scripted\r\n250 ${capability}` });
        const failure = await useScripted(server).verify(ACCOUNT.address, credential);
        expect(failure).toMatchObject({ stage: 'auth', reply: null });
        expect(failure!.error).toContain(`does not offer AUTH ${missing}`);
        expect(server.commands.join()).not.toContain('AUTH');
      },
    );

    test.for([
      ['does not offer STARTTLS', { EHLO: '250 scripted', STARTTLS: '502 5.5.1 Command not implemented' }],
      ['offers no TLS but a login', { EHLO: '250-scripted\r\n250 AUTH LOGIN', STARTTLS: '500 5.5.1 what' }],
      ['refuses STARTTLS', { STARTTLS: '454 4.7.0 TLS not available' }],
    ] as const)('nothing is sent in clear to a server that %s', async ([, answers]) => {
      const server = await script(answers);
      const { recipients } = await useScripted(server).send(makeTransaction());
      const code = Number(answers.STARTTLS.slice(0, 3));
      expect(recipients).toMatchObject([{ result: 'notSent', failure: { stage: 'tls', reply: { code } } }]);
      expect(server.commands.every((line) => /^clear: (EHLO|STARTTLS|QUIT)/.test(line))).toBe(true);
    });

    test('replies smuggled in before TLS count for nothing', async () => {
      const server = await script({
        STARTTLS: '220 go\r\n250-injected\r\n250 AUTH PLAIN',
      });
      expect(await useScripted(server).verify(ACCOUNT.address, PASSWORD)).toBeNull();
      expect(server.commands).toContain('AUTH LOGIN');
    });

    test.for([
      ['a CA that we do not know', () => ({ ca: null })],
      ['another CA', () => ({ ca: simulatorCa() })],
    ] as const)('a certificate of %s is refused', async ([, settings]) => {
      const server = await script();
      const failure = await useScripted(server, settings()).verify(ACCOUNT.address, PASSWORD);
      expect(failure).toMatchObject({ stage: 'tls', reply: null });
      expect(failure!.error).toMatch(/certificate/);
      expect(server.commands.every((line) => line.startsWith('clear: '))).toBe(true);
    });

    test('a name that does not resolve fails at dns, and says so', async () => {
      const { recipients } = await use({ host: 'no-such-host.invalid' }).send(makeTransaction());
      expect(recipients).toMatchObject([{ result: 'notSent', failure: { stage: 'dns', reply: null } }]);
      expect(failureOf(recipients[0]).error).toContain('no-such-host.invalid');
    });

    test('a port where nobody listens fails at connect, and says where', async () => {
      // One that was free a moment ago may be that of another test's server.
      const { recipients } = await use({ host: '127.0.0.1', port: 1 }).send(makeTransaction());
      expect(recipients).toMatchObject([{ result: 'notSent', failure: { stage: 'connect', reply: null } }]);
      expect(failureOf(recipients[0]).error).toContain('ECONNREFUSED 127.0.0.1:1');
    });

    test.for([
      ['greeting', 'connect', '421 4.3.2 Service not available'],
      ['greeting', 'connect', '554 5.7.1 not you'],
      ['EHLO', 'ehlo', '501 5.5.4 Invalid domain name'],
      ['EHLO-SECURE', 'ehlo', '421 4.3.2 Service not available'],
      ['AUTH', 'auth', '454 4.7.0 Temporary authentication failure'],
      ['AUTH', 'auth', '421 4.3.2 Service not available'],
    ] as const)('a refusal at %s is a failure at %s with the reply %s', async ([place, stage, reply]) => {
      const server = await script({ [place]: reply });
      const { recipients } = await useScripted(server).send(makeTransaction());
      expect(recipients).toMatchObject([
        { result: 'notSent', failure: { stage, reply: { code: Number(reply.slice(0, 3)), text: reply } } },
      ]);
    });
  });
}
