import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { eventually, PATIENCE_MS } from '../e2e/harness.ts';
import { projectRoot } from '../tools.ts';
import { runProgram } from './runProgram.ts';
import { readPage } from './snippets.ts';
import { startStage } from './stage.ts';
import type { Stage } from './stage.ts';

vi.setConfig({ testTimeout: 2 * PATIENCE_MS });

const PAGES = ['send-mail.md', 'logic-apps.md', 'migrate.md'];
const page = readPage('migrate.md');

test('every field that something becomes is a field of a message', () => {
  const { properties, $defs } = JSON.parse(
    readFileSync(join(projectRoot, 'docs', 'message.schema.json'), 'utf8'),
  ) as { properties: object; $defs: { Attachment: { properties: object } } };
  const names = [properties, $defs.Attachment.properties].flatMap((fields) => Object.keys(fields));
  // A field's value, and the answer's header.
  const known = new Set([...names, 'capture', 'Location']);
  const rows = page.text.split('## What becomes of what')[1]!.split('\n## ')[0]!.split('\n');
  const fields = rows
    .filter((row) => row.startsWith('|'))
    .slice(2)
    .flatMap((row) =>
      [
        ...row
          .split('|')
          .at(-2)!
          .matchAll(/`([^`]+)`/g),
      ].map(([, field = '']) => field),
    );
  expect(fields.length).toBeGreaterThan(20);
  expect(fields.filter((field) => !known.has(field))).toEqual([]);
});

test('every link of these pages leads to a file and a heading that are there', () => {
  const slugs = (text: string) =>
    [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replaceAll(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    );
  const broken = PAGES.flatMap((name) => {
    const { text } = readPage(name);
    return [...text.matchAll(/\]\(([^)#\s]*)(?:#([^)]+))?\)/g)].flatMap(([link, file = '', heading]) => {
      const path = join(projectRoot, 'docs', file === '' ? name : file);
      if (!existsSync(path)) return [`${name}: ${link}`];
      const isThere = heading === undefined || slugs(readFileSync(path, 'utf8')).includes(heading);
      return isThere ? [] : [`${name}: ${link}`];
    });
  });
  expect(broken).toEqual([]);
});

describe('the operator of the page', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await startStage();
  }, 2 * PATIENCE_MS);
  afterAll(async () => stage?.[Symbol.asyncDispose]());

  async function run(file: string): Promise<string> {
    const { functions } = stage.running.stack.endpoints();
    const env = { MAILER_API_URI: `${functions}/api`, MAILER_OPERATOR_KEY: stage.running.stack.key() ?? '' };
    const place = await stage.makePlace('operator', { [file]: page.code(file) }, env);
    const { exitCode, output } = await runProgram(['sh', file], place);
    expect(exitCode, `${file}: ${output}`).toBe(0);
    return output;
  }

  async function submit(message: object): Promise<string> {
    const headers = { 'x-functions-key': stage.functionKey };
    const answer = await stage.running.client.post('/api/messages', message, headers);
    expect(answer.status).toBe(202);
    return ((await answer.json()) as { id: string }).id;
  }

  const mail = { app: 'payroll', to: 'ann@contoso.com', subject: 'Moved', text: 'x' };

  test('finds what was captured, and nothing of it in the inbox', async () => {
    const id = await submit({ ...mail, mode: 'capture' });
    const output = await eventually(
      async () => run('captured.sh'),
      (text) => text.includes(id),
      `${id} is captured`,
    );
    expect(JSON.parse(output)).toMatchObject({ items: [{ id, status: 'captured', app: 'payroll' }] });
    expect(await stage.running.client.mails()).toEqual([]);
  });

  test('gives an app its quota', async () => {
    expect(JSON.parse(await run('app-quota.sh'))).toEqual({
      name: 'payroll',
      accounts: ['payroll@contoso.com'],
      quotaPerDay: 5000,
      highestPriority: 'normal',
    });
  });

  test('stops what waits, and then there is nothing left to stop', async () => {
    const sendAt = new Date(Date.now() + 3_600_000).toISOString();
    const ids = [await submit({ ...mail, sendAt }), await submit({ ...mail, sendAt })];
    const other = await submit({ ...mail, app: 'other', sendAt });
    const output = await run('cancel-waiting.sh');
    for (const id of ids) expect(output).toContain(`{"id":"${id}","stopped":1,"onTheirWay":0}`);
    expect(output).not.toContain(other);
    expect(await run('cancel-waiting.sh')).toBe('');
  });

  test('finds the key as the page says', async () => {
    const code = `${page.code('operator.sh')}echo "$MAILER_OPERATOR_KEY"\n`;
    const place = await stage.makePlace('operator-key', { 'operator.sh': code }, {});
    expect(await runProgram(['sh', 'operator.sh'], place)).toEqual({ exitCode: 0, output: 'key-of-all\n' });
  });
});
