import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openAcceptedFile, readAcceptedFile } from '../../../bench/quota/acceptedFile.ts';
import { makeCountingTransport } from '../../../bench/quota/countingTransport.ts';
import type { Transaction } from '../../../shared/ports.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'accepted-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function makeTransport(path: string) {
  const accepted = openAcceptedFile(path);
  return Object.assign(makeCountingTransport({ accepted, random: () => 0 }), { accepted });
}

function to(recipients: readonly string[], pointOfNoReturn = () => true): Transaction {
  return {
    account: 'hve@contoso.com',
    credential: { kind: 'password', password: 'x' },
    recipients,
    identity: { messageId: '<1@contoso.com>', dateMs: 0 },
    mail: { pieces: [], sizeBytes: 0 },
    pointOfNoReturn,
  };
}

test('what was accepted stands in the file before the answer is there', async () => {
  const path = join(folder, 'accepted');
  const transport = makeTransport(path);
  const silent = transport.fallSilent(0);
  const answered = transport.send(to(['a@contoso.com', 'b@fabrikam.com']));
  await silent;
  expect(readAcceptedFile(path)).toEqual([
    { messageId: '<1@contoso.com>', address: 'a@contoso.com', isExternal: false },
    { messageId: '<1@contoso.com>', address: 'b@fabrikam.com', isExternal: true },
  ]);
  // From then on nobody is answered.
  expect(await Promise.race([answered, Promise.resolve('not answered')])).toBe('not answered');
  transport.accepted.close();
});

test('who is refused, or given up before the last byte, is not counted', async () => {
  const path = join(folder, 'accepted');
  const transport = makeTransport(path);
  const { recipients } = await transport.send(to(['gone-1@contoso.com', 'a@contoso.com']));
  expect(recipients.map(({ result }) => result)).toEqual(['refused', 'accepted']);
  const late = await transport.send(to(['late@contoso.com'], () => false));
  expect(late.recipients.map(({ result }) => result)).toEqual(['notSent']);
  expect(readAcceptedFile(path).map(({ address }) => address)).toEqual(['a@contoso.com']);
  transport.accepted.close();
});

test('a line that is not whole yet does not count', () => {
  const path = join(folder, 'accepted');
  appendFileSync(path, '<1@contoso.com>\ta@contoso.com\tinternal\n<2@contoso.com>\tb@cont');
  expect(readAcceptedFile(path).map(({ address }) => address)).toEqual(['a@contoso.com']);
});
