import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { eventually, PATIENCE_MS } from '../e2e/harness.ts';
import { CLIENTS } from './clients.ts';
import type { Program } from './clients.ts';
import type { Fault } from './gateway.ts';
import { DEADLINE_MS, hasPrograms, runProgram } from './runProgram.ts';
import type { ProgramRun } from './runProgram.ts';
import { readPage, readTable, withAuthorization } from './snippets.ts';
import { startStage, WAYS } from './stage.ts';
import type { Stage, Way } from './stage.ts';

// Each program runs twice, the three of a client and all clients beside each other: compilers among them.
vi.setConfig({ testTimeout: 2 * DEADLINE_MS });

const page = readPage('send-mail.md');
/** The answer to the first try is lost, the second try finds a busy server. */
const FAULTS: readonly Fault[] = ['loseAnswer', 'busy'];

let stage: Stage;
/** By client and way, in the words of the page's table. */
const tried = new Map<string, string>();
/** Stands in a message in place of 4711, so that each program's is one of its own. */
const numbers: number[] = [];

beforeAll(async () => {
  stage = await startStage();
}, 2 * PATIENCE_MS);

afterAll(async () => stage?.[Symbol.asyncDispose]());

function nextNumber(): number {
  const number = 5000 + numbers.length;
  numbers.push(number);
  return number;
}

const numbered = (code: string, number: number): string => code.replaceAll('4711', String(number));

const mailsOf = async (number: number) =>
  (await stage.running.client.mails()).filter(({ subject }) => subject === `Your payslip ${number}`);

/** Runs it through the faults, then once more, as an application that does not know whether it has sent. */
async function tryProgram({ way, file, code, command, beside = {}, takesConnectionString }: Program) {
  const number = nextNumber();
  await using entrance = await stage.enter(way, FAULTS);
  const files = { [file]: numbered(code, number), ...beside };
  const place = await stage.makePlace(String(number), files, entrance.env);
  const first = await runProgram(command, place);
  const requests = entrance.gateway.counts();
  const env = takesConnectionString === true ? { ...place.env, MAILER_STORAGE: stage.storage } : place.env;
  const second = await runProgram(command, { ...place, env });
  return {
    requests,
    exitCodes: [first.exitCode, second.exitCode],
    isOneMessage: messageId(first) === messageId(second),
    output: first.output + second.output,
  };
}

function messageId({ output }: ProgramRun): string | undefined {
  return /\b[0-9A-HJKMNP-TV-Z]{26}\b/.exec(output)?.[0];
}

const here = CLIENTS.filter(({ isHere }) => isHere());

describe.concurrent('each client, through a lost answer and a busy server,', () => {
  for (const client of CLIENTS) {
    test.skipIf(!here.includes(client))(`sends its message once: ${client.name}`, async () => {
      const tries = client.programs(page).map(async (program) => {
        const what = `${client.name}, ${program.way}`;
        const { output, ...outcome } = await tryProgram(program);
        // Each fault took one try, and what had gone well was not tried again.
        const requests = { welcome: FAULTS.length + 1, refused: 0 };
        expect(outcome, `${what}: ${output}`).toEqual({ requests, exitCodes: [0, 0], isOneMessage: true });
        tried.set(what, program.note === undefined ? 'run' : `run, ${program.note}`);
      });
      await Promise.all(tries);
    });
  }
});

describe('beside them', () => {
  test('the shell waits for the end of what it sent', async () => {
    const number = nextNumber();
    await using entrance = await stage.enter('HTTP with a token');
    const send = withAuthorization(page.code('send.sh'), page.code('authorize.sh'));
    const code = numbered(send, number) + page.code('follow.sh');
    const place = await stage.makePlace(String(number), { 'follow.sh': code }, entrance.env);
    const run = await runProgram(['sh', 'follow.sh'], place);
    expect(run).toMatchObject({ exitCode: 0, output: expect.stringContaining('"status":"sent"') as string });
  });

  test('a claim check with an attachment by name arrives whole', async () => {
    const number = nextNumber();
    const files = { 'claim-check.mjs': numbered(page.code('claim-check.mjs'), number) };
    const place = await stage.makePlace(String(number), files, { MAILER_STORAGE: stage.storage });
    expect(await runProgram([process.execPath, 'claim-check.mjs'], place)).toMatchObject({ exitCode: 0 });
    const [mail] = await eventually(
      async () => mailsOf(number),
      (mails) => mails.length > 0,
      'the claim-checked mail',
    );
    expect(mail!.sizeBytes).toBeGreaterThan(48 * 1024);
    expect(await stage.running.client.eml(mail!.id)).toContain('payslip.csv');
  });

  test('a wrong key ends each program at once, and it says so', async () => {
    for (const [command, file] of [
      [['sh', 'send.sh'], 'send.sh'],
      [[process.execPath, 'send.mjs'], 'send.mjs'],
    ] as const) {
      await using entrance = await stage.enter('HTTP with a key');
      const env = { ...entrance.env, MAILER_KEY: 'wrong' };
      const place = await stage.makePlace(`wrong-${file}`, { [file]: page.code(file) }, env);
      const run = await runProgram([...command], place);
      expect(run.exitCode).toBeGreaterThan(0);
      expect(entrance.gateway.counts().welcome).toBe(1);
    }
  });

  test('without its token a program does not get past the sign-in', async () => {
    await using entrance = await stage.enter('HTTP with a token');
    const place = await stage.makePlace('no-token', { 'send.mjs': page.code('send.mjs') }, entrance.env);
    const run = await runProgram([process.execPath, 'send.mjs'], place);
    expect(run.exitCode).toBe(1);
    expect(run.output).toContain('401');
    expect(entrance.gateway.counts()).toEqual({ welcome: 0, refused: 1 });
  });

  test('the addresses are found as the page says, here and in Azure', async () => {
    const { functions } = stage.running.stack.endpoints();
    const show = '\necho "$MAILER_API_URI|$MAILER_KEY|$MAILER_STORAGE|$MAILER_OUTBOX_URI|$MAILER_AUDIENCE"\n';
    const endpoints = JSON.stringify(stage.running.stack.endpoints());
    const place = await stage.makePlace('addresses', { 'local.sh': page.code('local.sh') + show }, {});
    await stage.makePlace('addresses/.local', { 'endpoints.json': endpoints }, {});
    const local = await runProgram(['sh', 'local.sh'], place);
    expect(local).toEqual({ exitCode: 0, output: `${functions}/api||${stage.storage}||\n` });
    const azure = await stage.makePlace('azure', { 'azure.sh': page.code('azure.sh') + show }, {});
    expect(await runProgram(['sh', 'azure.sh'], azure)).toEqual({
      exitCode: 0,
      output:
        'https://func-hve-1.azurewebsites.net/api|key-of-payroll||https://sthve1.queue.core.windows.net/mail-outbox|api://client-id\n',
    });
  });

  test.skipIf(!hasPrograms('python3'))(
    'what is Python and needs its packages is at least Python',
    async () => {
      const files = {
        'with_token.py': withAuthorization(page.code('send.py'), page.code('authorize.py')),
        'queue_mail.py': page.code('queue_mail.py'),
      };
      const place = await stage.makePlace('python', files, {});
      const run = await runProgram(['python3', '-m', 'py_compile', ...Object.keys(files)], place);
      expect(run).toEqual({ exitCode: 0, output: '' });
      tried.set('Python, HTTP with a token', 'parsed only').set('Python, queue', 'parsed only');
    },
  );

  test('the action of Power Automate is JSON, and posts a message with a key', () => {
    const action = JSON.parse(page.code('power-automate.json')) as {
      inputs: { method: string; uri: string; headers: object };
    };
    expect(action.inputs).toMatchObject({
      method: 'POST',
      uri: expect.stringMatching(/\/api\/messages$/) as string,
      headers: {
        'x-functions-key': expect.anything() as string,
        'Idempotency-Key': expect.anything() as string,
      },
    });
    tried.set('Power Automate, HTTP with a key', 'parsed only');
  });

  test('each message lies in the inbox once', async () => {
    const { outbox } = stage.running.client;
    await eventually(
      async () => (await outbox.getProperties()).approximateMessagesCount,
      (count) => count === 0,
      'the outbox is empty',
    );
    const count = async () => Promise.all(numbers.map(async (number) => (await mailsOf(number)).length));
    const counts = await eventually(count, (all) => all.every((mails) => mails > 0), 'every mail is there');
    expect(counts).toEqual(numbers.map(() => 1));
  });

  test('the page says of each client what was tried, and what was not', () => {
    const away = new Set(CLIENTS.filter((client) => !here.includes(client)).map(({ name }) => name));
    const rows = readTable(page, 'tried').filter(([client = '']) => !away.has(client));
    expect(rows).toEqual(
      rows.map(([client]) => [
        client,
        ...WAYS.map((way: Way) => tried.get(`${client}, ${way}`) ?? 'not tried'),
      ]),
    );
    expect(new Set(rows.map(([client]) => client))).toEqual(
      new Set([...here.map(({ name }) => name), 'Power Automate', 'SMTP-only device']),
    );
  });
});
