import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { FAULT_STAGES, type Fault, type FaultStage } from '../../../local/simulator/faults.ts';
import type { StoredMail } from '../../../local/simulator/mailStore.ts';
import {
  logIn,
  mailText,
  startDialogue,
  startLoggedIn,
  startSecure,
  transact,
  type SmtpDialogue,
} from './smtpDialogue.ts';
import {
  ACCOUNT,
  makeClient,
  OTHER_ACCOUNT,
  readJson,
  setFault,
  startTestSimulator,
  type TestSimulator,
} from './testSimulator.ts';

let simulator: TestSimulator;
let random = (): number => 0;
const dialogues: SmtpDialogue[] = [];

async function use(started: Promise<SmtpDialogue>): Promise<SmtpDialogue> {
  const dialogue = await started;
  dialogues.push(dialogue);
  return dialogue;
}

/** Goes up to a stage and resolves with what is answered there. */
async function reach(stage: FaultStage): Promise<string> {
  if (stage === 'connect') return (await use(startDialogue(simulator))).hear();
  if (stage === 'auth') return logIn(await use(startSecure(simulator)), ACCOUNT.address, ACCOUNT.password);
  const dialogue = await use(startLoggedIn(simulator));
  const commands = [`MAIL FROM:<${ACCOUNT.address}>`, 'RCPT TO:<ann@contoso.com>', 'DATA', `${mailText()}.`];
  const last = (['mail', 'rcpt', 'data', 'end-of-data'] as const).findIndex((name) => name === stage);
  for (const command of commands.slice(0, last)) await dialogue.ask(command);
  return dialogue.ask(commands[last] ?? '');
}

async function post(body: string): Promise<{ status: number; body: unknown; type: string | null }> {
  const response = await fetch(`${simulator.inboxUrl}/faults`, { method: 'POST', body });
  return {
    status: response.status,
    body: await response.json(),
    type: response.headers.get('content-type'),
  };
}

const listFaults = (): Promise<Fault[]> => readJson<Fault[]>(simulator, '/faults');
const countMails = async (): Promise<number> => (await readJson<StoredMail[]>(simulator, '/messages')).length;

beforeAll(async () => {
  simulator = await startTestSimulator({ random: () => random() });
});
afterEach(async () => {
  dialogues.splice(0).forEach((dialogue) => dialogue.end());
  random = () => 0;
  await fetch(`${simulator.inboxUrl}/faults`, { method: 'DELETE' });
  await fetch(`${simulator.inboxUrl}/messages`, { method: 'DELETE' });
});
afterAll(() => simulator.end());

describe.for(FAULT_STAGES)('at %s', (stage) => {
  test('without a fault all is well', async () => {
    expect(await reach(stage)).toMatch(/^[23]/);
  });

  test.for([
    '451 4.7.500 Access denied, please try again later',
    '550 5.7.705 Access denied, tenant has exceeded threshold',
    '451',
    '550 Error: no enhanced code here',
    "554 5.2.0 STOREDRV.Submission.Exception:StoragePermanentException.MapiExceptionDuplicateDelivery; '%s' <x> & \\n",
  ])('"%s" goes on the wire letter for letter', async (reply) => {
    await setFault(simulator, { stage, reply });
    expect(await reach(stage)).toBe(reply);
    expect(await countMails()).toBe(0);
  });

  test('a 421 closes the connection after it', async () => {
    await setFault(simulator, { stage, reply: '421 4.4.2 Message submission rate exceeded' });
    expect(await reach(stage)).toBe('421 4.4.2 Message submission rate exceeded');
    await dialogues.at(-1)?.closed;
  });

  test('drop cuts the connection without an answer', async () => {
    await setFault(simulator, { stage, reply: 'drop' });
    await expect(reach(stage)).rejects.toThrow('The server closed the connection after ""');
    // The interesting one: the mail is there, only its answer is lost.
    expect(await countMails()).toBe(stage === 'end-of-data' ? 1 : 0);
  });

  test('stall never answers, keeps no mail, and ends with the simulator', async () => {
    const own = await startTestSimulator();
    const before = simulator;
    simulator = own;
    try {
      await setFault(own, { stage, reply: 'stall' });
      const answered = reach(stage).then(
        (reply) => `answered ${reply}`,
        () => 'cut',
      );
      await expect.poll(async () => (await listFaults())[0]?.hits).toBe(1);
      expect(dialogues.at(-1)?.unheard()).toBe('');
      expect(await countMails()).toBe(0);
      await own.stop();
      expect(await answered).toBe('cut');
    } finally {
      simulator = before;
      await own.end();
    }
  });

  test('after one fault the next chance is an ordinary one', async () => {
    await setFault(simulator, { stage, reply: '451 4.7.0 Temporary server error', count: 1 });
    expect(await reach(stage)).toBe('451 4.7.0 Temporary server error');
    expect(await reach(stage)).toMatch(/^[23]/);
  });
});

describe('a refused command', () => {
  test.for(['mail', 'rcpt', 'data', 'end-of-data'] as const)(
    'leaves the connection usable (%s)',
    async (stage) => {
      await setFault(simulator, { stage, reply: '451 4.7.0 Temporary server error', count: 1 });
      const dialogue = await use(startLoggedIn(simulator));
      expect(await transact(dialogue)).toBe('451 4.7.0 Temporary server error');
      await dialogue.ask('RSET');
      expect(await transact(dialogue)).toMatch(/^250 2\.0\.0 OK/);
      expect(await countMails()).toBe(1);
    },
  );

  test('at connect the connection is closed after it', async () => {
    await setFault(simulator, { stage: 'connect', reply: '554 5.3.2 Go away' });
    expect(await reach('connect')).toBe('554 5.3.2 Go away');
    await dialogues.at(-1)?.closed;
  });

  test('reaches an application through nodemailer as it was asked for', async () => {
    await setFault(simulator, {
      stage: 'rcpt',
      reply: '550 5.1.10 RESOLVER.ADR.RecipientNotFound',
      address: 'ann@contoso.com',
    });
    const client = makeClient(simulator);
    const info = await client.sendMail({
      from: ACCOUNT.address,
      to: 'ann@contoso.com, bob@contoso.com',
      text: 'x',
    });
    client.close();
    expect(info.accepted).toEqual(['bob@contoso.com']);
    expect(info.rejectedErrors?.map((error) => [error.recipient, error.response])).toEqual([
      ['ann@contoso.com', '550 5.1.10 RESOLVER.ADR.RecipientNotFound'],
    ]);
  });
});

describe('address', () => {
  const reply = '550 5.1.8 Access denied, bad outbound sender';

  test.for(['auth', 'mail', 'data'] as const)('limits a fault at %s to that account', async (stage) => {
    await setFault(simulator, { stage, reply, address: 'Payroll@Contoso.com' });
    expect(await reach(stage)).toMatch(/^[23]/);
    const dialogue = await use(startSecure(simulator));
    const login = await logIn(dialogue, OTHER_ACCOUNT.address, OTHER_ACCOUNT.password);
    const answer =
      stage === 'auth'
        ? login
        : await transact(dialogue, mailText(), ['ann@contoso.com'], OTHER_ACCOUNT.address);
    expect(answer).toBe(reply);
  });

  test('limits a fault at rcpt to that recipient', async () => {
    await setFault(simulator, { stage: 'rcpt', reply, address: 'bob@contoso.com' });
    const dialogue = await use(startLoggedIn(simulator));
    await dialogue.ask(`MAIL FROM:<${ACCOUNT.address}>`);
    expect(await dialogue.ask('RCPT TO:<ann@contoso.com>')).toBe('250 2.1.5 Recipient OK');
    expect(await dialogue.ask('RCPT TO:<Bob@Contoso.com>')).toBe(reply);
  });

  test('limits a fault at end-of-data to mails with that recipient among others', async () => {
    await setFault(simulator, { stage: 'end-of-data', reply, address: 'bob@contoso.com' });
    const dialogue = await use(startLoggedIn(simulator));
    expect(await transact(dialogue, mailText(), ['ann@contoso.com', 'bob@contoso.com'])).toBe(reply);
    expect(await transact(dialogue, mailText(), ['ann@contoso.com'])).toMatch(/^250/);
  });
});

describe('share and count', () => {
  test('share decides by chance, and only hits use up the count', async () => {
    await setFault(simulator, { stage: 'mail', reply: '451 4.7.0 x', share: 0.5, count: 2 });
    const dialogue = await use(startLoggedIn(simulator));
    const draw = async (value: number): Promise<string> => {
      random = () => value;
      const answer = await dialogue.ask(`MAIL FROM:<${ACCOUNT.address}>`);
      await dialogue.ask('RSET');
      return answer.slice(0, 3);
    };
    expect(await draw(0.5)).toBe('250');
    expect(await listFaults()).toMatchObject([{ count: 2, hits: 0 }]);
    expect(await draw(0.49)).toBe('451');
    expect(await listFaults()).toMatchObject([{ count: 1, hits: 1 }]);
    expect(await draw(0)).toBe('451');
    expect(await listFaults()).toEqual([]);
    expect(await draw(0)).toBe('250');
  });

  test('of several faults the first that is meant takes the chance', async () => {
    await setFault(simulator, { stage: 'mail', reply: '451 4.7.0 first', count: 1 });
    await setFault(simulator, { stage: 'mail', reply: '451 4.7.0 second', count: 1 });
    expect(await reach('mail')).toBe('451 4.7.0 first');
    expect(await reach('mail')).toBe('451 4.7.0 second');
  });
});

describe('POST /faults', () => {
  test('answers with the fault and GET lists it', async () => {
    const fault = { reply: 'drop', stage: 'end-of-data', share: 0.1, count: 5, address: 'ann@contoso.com' };
    const answer = await post(JSON.stringify(fault));
    expect(answer).toMatchObject({ status: 201, body: { ...fault, hits: 0 } });
    expect(await listFaults()).toEqual([answer.body]);
  });

  test('names everything that is wrong at once and sets nothing', async () => {
    const answer = await post(
      JSON.stringify({
        reply: '250 2.0.0 OK',
        stage: 'helo',
        share: 2,
        count: 0,
        address: 'ann',
        sometimes: true,
      }),
    );
    expect(answer.status).toBe(400);
    expect(answer.type).toBe('application/problem+json; charset=utf-8');
    expect(answer.body).toMatchObject({ status: 400, code: 'invalid-fault' });
    expect(
      (answer.body as { errors: { pointer: string }[] }).errors.map((error) => error.pointer).toSorted(),
    ).toEqual(['/address', '/count', '/reply', '/share', '/sometimes', '/stage']);
    expect(await listFaults()).toEqual([]);
  });

  test.for([
    ['{', ''],
    ['[]', ''],
    ['null', ''],
    ['{"stage":"mail"}', '/reply'],
    ['{"reply":"drop"}', '/stage'],
    ['{"reply":"451 a\\r\\n250 b","stage":"mail"}', '/reply'],
    ['{"reply":"451 ü","stage":"mail"}', '/reply'],
    ['{"reply":"4510 x","stage":"mail"}', '/reply'],
    ['{"reply":"drop","stage":"connect","address":"ann@contoso.com"}', '/address'],
    ['{"reply":"drop","stage":"mail","count":1.5}', '/count'],
  ] as const)('refuses %s at "%s"', async ([body, pointer]) => {
    const answer = await post(body);
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer }] } });
  });

  test('refuses what is too large, and what another web site sends', async () => {
    expect(await post(JSON.stringify({ reply: `451 ${'x'.repeat(20_000)}`, stage: 'mail' }))).toMatchObject({
      status: 413,
    });
    const response = await fetch(`${simulator.inboxUrl}/faults`, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'cross-site' },
      body: '{"reply":"drop","stage":"mail"}',
    });
    expect(response.status).toBe(403);
    expect(await listFaults()).toEqual([]);
  });
});

test('DELETE /faults clears all, DELETE /faults/{id} one', async () => {
  for (const stage of ['mail', 'rcpt', 'data']) await setFault(simulator, { stage, reply: 'drop' });
  const [first] = await listFaults();
  const remove = async (path: string): Promise<number> =>
    (await fetch(simulator.inboxUrl + path, { method: 'DELETE' })).status;
  expect(await remove(`/faults/${first?.id}`)).toBe(204);
  expect((await listFaults()).map((fault) => fault.stage)).toEqual(['rcpt', 'data']);
  expect(await remove(`/faults/${first?.id}`)).toBe(404);
  expect(await remove('/faults')).toBe(204);
  expect(await listFaults()).toEqual([]);
});
