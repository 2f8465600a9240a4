import { describe, expect, it } from 'vitest';
import { messageJsonSchema, parseMessage } from '../../../shared/core/messageSchema.ts';
import { isValid } from './jsonSchema.ts';

const NOW = Date.parse('2026-11-24T08:00:00Z');
const MINIMAL = { to: 'ann@contoso.com', subject: 'Hello', text: 'Hi' };
const ATTACHMENT = { name: 'a.pdf', contentType: 'application/pdf' };
const LINE_WIDTH = 110;

const LIST = /^( *)(.*)\[\n((?:\s+(?:"(?:[^"\\]|\\.)*"|\d+|\[.*\]),?\n)+)\s*\](,?)$/gm;

/** As the formatter leaves JSON alone: lists of plain values on one line where they fit, and lists of those. */
function format(value: unknown): string {
  const text = JSON.stringify(value, null, 2);
  return `${text.replaceAll(LIST, joinWhereItFits).replaceAll(LIST, joinWhereItFits)}\n`;
}

function joinWhereItFits(whole: string, indent: string, head: string, items: string, tail: string): string {
  const joined = `${indent}${head}[${items.trim().replaceAll(/,\n\s+/g, ', ')}]${tail}`;
  return joined.length <= LINE_WIDTH ? joined : whole;
}

describe('docs/message.schema.json', () => {
  it('is what the schema exports; update it with `npx vitest run messageJsonSchema -u`', async () => {
    await expect(format(messageJsonSchema())).toMatchFileSnapshot('../../../docs/message.schema.json');
  });
});

describe('messageJsonSchema', () => {
  const schema = messageJsonSchema();

  it.each<[string, Record<string, unknown>]>([
    ['the least', {}],
    ['nulls', { cc: null, from: null, html: null, attachments: null, priority: null, metadata: { a: null } }],
    ['lists of every form', { to: ['a@b.co; c@d.co', { address: 'e@f.co', displayName: null }, null] }],
    ['a sender with a name', { from: { address: 'hve@contoso.com', displayName: 'Payroll' } }],
    [
      'attachments',
      {
        attachments: [
          { ...ATTACHMENT, contentInBase64: 'QUJD', blob: null },
          { ...ATTACHMENT, blob: 'a' },
        ],
      },
    ],
    ['headers', { headers: { 'X-A': 'a', 'List-Id': 'a', 'Auto-Submitted': 'auto-generated' } }],
    ['choices', { priority: 'bulk', importance: 'high', split: 'never', mode: 'capture' }],
    ['times', { sendAt: '2026-11-25T08:00:00Z' }],
  ])('and parseMessage both accept %s', (_, patch) => {
    expect(parseMessage({ ...MINIMAL, ...patch }, { now: NOW }).ok).toBe(true);
    expect(isValid(schema, { ...MINIMAL, ...patch })).toBe(true);
  });

  it.each<[string, Record<string, unknown>]>([
    ['an unknown field', { body: 'a' }],
    ['no recipient', { to: null }],
    ['no body', { text: null }],
    ['an empty body', { text: '' }],
    ['no subject', { subject: null }],
    ['a long subject', { subject: 's'.repeat(256) }],
    ['a wrong type', { text: 1 }],
    ['an unknown word', { priority: 'urgent' }],
    ['a mailbox without an address', { cc: [{ displayName: 'Ann' }] }],
    ['an attachment without content', { attachments: [ATTACHMENT] }],
    [
      'an attachment with two contents',
      { attachments: [{ ...ATTACHMENT, blob: 'a', contentInBase64: 'QUJD' }] },
    ],
    ['a forbidden header', { headers: { To: 'a' } }],
    ['a key that is no name', { metadata: { 'a b': 'c' } }],
    ['a bad app', { app: 'a/b' }],
    ['too many tags', { tags: Array.from({ length: 11 }, () => 'a') }],
  ])('and parseMessage both refuse %s', (_, patch) => {
    expect(parseMessage({ ...MINIMAL, ...patch }, { now: NOW }).ok).toBe(false);
    expect(isValid(schema, { ...MINIMAL, ...patch })).toBe(false);
  });

  it('describes every field', () => {
    const properties = schema['properties'] as Record<string, { description?: string }>;
    const silent = Object.keys(properties).filter((name) => (properties[name]?.description ?? '') === '');
    expect(silent).toEqual([]);
  });

  it('gives only examples that parseMessage takes', () => {
    const properties = schema['properties'] as Record<string, { examples?: unknown[] }>;
    const examples = Object.entries(properties).flatMap(([name, { examples: all = [] }]) =>
      all.map((example) => ({ ...MINIMAL, [name]: example })),
    );
    expect(examples.length).toBeGreaterThan(10);
    expect(
      examples.map((example) => parseMessage(example, { now: NOW })).filter((result) => !result.ok),
    ).toEqual([]);
  });
});
