import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeItem } from '../../../shared/core/decodeItem.ts';
import { PROBLEM_CODES } from '../../../shared/core/messageProblems.ts';
import { messageJsonSchema, parseMessage } from '../../../shared/core/messageSchema.ts';
import { projectRoot } from '../../tools.ts';
import { withSection } from './docSection.ts';

const NOW = Date.parse('2026-11-24T08:00:00Z');

interface Field {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly maxLength?: number;
  readonly format?: string;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly anyOf?: readonly Field[];
  readonly $ref?: string;
}

function readDocument(): string {
  return readFileSync(join(projectRoot, 'docs/message.md'), 'utf8');
}

/** In words, what the field takes beside null. */
function describeType(field: Field): string {
  if (field.enum !== undefined) return field.enum.map((word) => `\`${word}\``).join(', ');
  if (field.$ref?.endsWith('/Mailboxes') === true) return 'addresses';
  if (field.$ref?.endsWith('/Attachment') === true) return 'attachment';
  if (field.anyOf !== undefined) {
    const words = field.anyOf
      .filter((option) => option.type !== 'null')
      .map((option) => describeType(option));
    return words.join(' or ');
  }
  if (field.format === 'date-time') return 'time';
  if (field.maxItems !== undefined) return `list, at most ${field.maxItems}`;
  if (field.maxProperties !== undefined) return `object of texts, at most ${field.maxProperties}`;
  const isText = [field.type].flat().includes('string');
  const limit = field.maxLength === undefined ? '' : `, at most ${field.maxLength} characters`;
  return isText ? `text${limit}` : 'object';
}

function renderFields(fields: Readonly<Record<string, Field>>): string {
  const rows = Object.entries(fields).map(
    ([name, field]) =>
      `| \`${name}\` | ${describeType(field)} | ${(field.description ?? '').replaceAll('*', String.raw`\*`)} |`,
  );
  return ['| field | takes | meaning |', '|---|---|---|', ...rows].join('\n');
}

function renderCodes(): string {
  const rows = Object.entries(PROBLEM_CODES).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
  return ['| code | meaning |', '|---|---|', ...rows].join('\n');
}

describe('docs/message.md', () => {
  const schema = messageJsonSchema() as {
    properties: Record<string, Field>;
    $defs: { Attachment: { properties: Record<string, Field> } };
  };

  it('says of fields and codes what the code says; update it with `npx vitest run messageDoc -u`', async () => {
    const sections = [
      ['fields', renderFields(schema.properties)],
      ['attachment', renderFields(schema.$defs.Attachment.properties)],
      ['codes', renderCodes()],
    ] as const;
    const updated = sections.reduce(
      (document, [name, section]) => withSection(document, name, section),
      readDocument(),
    );
    await expect(updated).toMatchFileSnapshot('../../../docs/message.md');
  });

  it('gives examples that are right', () => {
    const blocks = [...readDocument().matchAll(/```json\n([\s\S]*?)```/g)].map((match): unknown =>
      JSON.parse(match[1] ?? ''),
    );
    expect(blocks).toHaveLength(3);
    expect(parseMessage(blocks[0], { now: NOW })).toMatchObject({ ok: true });
    expect(blocks[1]).toMatchObject({ type: 'Http', inputs: { method: 'POST' } });
    expect(
      parseMessage({ to: ['ann@contoso.com', 'bobatco'], subject: 'a', text: 'a' }, { now: NOW }),
    ).toEqual({
      ok: false,
      problems: [{ ...(blocks[2] as object), detail: expect.stringContaining('7 characters: it has no @') }],
    });
  });

  it('shows a claim check that is one', () => {
    const [, reference] = /claim check: `(\{.*?\})`/.exec(readDocument()) ?? [];
    expect(decodeItem(reference)).toEqual({ kind: 'claimCheck', path: '2026-11/4711.json' });
  });
});
