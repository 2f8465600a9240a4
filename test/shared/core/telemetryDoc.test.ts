import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SIGNALS } from '../../../shared/core/signals.ts';
import { ATTRIBUTES, METRICS, SPANS } from '../../../shared/core/telemetryNames.ts';
import { projectRoot } from '../../tools.ts';
import { withSection } from './docSection.ts';

const DOCUMENT = 'docs/telemetry.md';
const codes = (names: readonly string[]): string =>
  names.length === 0 ? '–' : names.map((name) => `\`${name}\``).join(', ');
const table = (head: string, rows: readonly string[]): string => {
  const columns = head.split('|').length - 2;
  return [head, `|${'---|'.repeat(columns)}`, ...rows].join('\n');
};

const SECTIONS = {
  metrics: table(
    '| metric | kind | unit | what | attributes |',
    Object.entries(METRICS).map(
      ([name, { kind, unit, description, attributes }]) =>
        `| \`${name}\` | ${kind} | ${unit} | ${description} | ${codes(attributes)} |`,
    ),
  ),
  spans: table(
    '| span | what | attributes |',
    Object.entries(SPANS).map(
      ([name, { description, attributes }]) => `| \`${name}\` | ${description} | ${codes(attributes)} |`,
    ),
  ),
  attributes: table(
    '| attribute | what |',
    Object.entries(ATTRIBUTES).map(([name, what]) => `| \`${name}\` | ${what} |`),
  ),
  signals: table(
    '| signal | fields |',
    Object.entries(SIGNALS).map(([name, fields]) => `| \`${name}\` | ${codes(fields)} |`),
  ),
};

describe('docs/telemetry.md', () => {
  it('names what the code names; update it with `npx vitest run telemetryDoc -u`', async () => {
    let updated = readFileSync(join(projectRoot, DOCUMENT), 'utf8');
    for (const [name, section] of Object.entries(SECTIONS)) updated = withSection(updated, name, section);
    await expect(updated).toMatchFileSnapshot(`../../../${DOCUMENT}`);
  });

  it('asks in its queries for metrics and fields that there are', () => {
    const document = readFileSync(join(projectRoot, DOCUMENT), 'utf8');
    const queries = [...document.matchAll(/```kusto\n(.*?)```/gs)].map(([, query]) => query ?? '').join('\n');
    const metrics = [...queries.matchAll(/Name == '([^']+)'/g)].map(([, name]) => name ?? '');
    const fields = [...queries.matchAll(/Properties\.(\w+)/g)].map(([, name]) => name ?? '');
    expect(metrics.length * fields.length).toBeGreaterThan(0);
    expect(metrics.filter((name) => !(name in METRICS))).toEqual([]);
    const known = new Set([...Object.keys(ATTRIBUTES), 'signal', ...Object.values(SIGNALS).flat()]);
    expect(fields.filter((name) => !known.has(name))).toEqual([]);
  });
});

it('every attribute is used by a metric or a span, and none is a word of KQL', () => {
  const used = new Set<string>(
    [
      Object.values(METRICS).flatMap(({ attributes }) => attributes as readonly string[]),
      Object.values(SPANS).flatMap(({ attributes }) => attributes as readonly string[]),
      Object.values(SPANS).flatMap(({ events }) => events as readonly string[]),
    ].flat(),
  );
  expect(Object.keys(ATTRIBUTES).filter((name) => !used.has(name))).toEqual([]);
  const reserved = new Set('and as by contains has in kind not on or to with'.split(' '));
  expect(Object.keys(ATTRIBUTES).filter((name) => reserved.has(name))).toEqual([]);
});
