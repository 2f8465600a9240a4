import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeLog } from '../../../functions/log.ts';
import { SIGNALS } from '../../../shared/core/signals.ts';
import { infraFolder } from '../bicep.ts';
import { lastName, ofType, theOne } from './predictions.ts';
import type { GetPredictions } from './predictions.ts';

interface Condition {
  readonly query: string;
  readonly timeAggregation: string;
  readonly metricMeasureColumn: string | null;
  readonly operator: string;
  readonly threshold: number;
  readonly dimensions: readonly { readonly name: string }[];
  readonly failingPeriods: { readonly numberOfEvaluationPeriods: number };
}

interface Rule {
  readonly severity: number;
  readonly windowSize: string;
  readonly evaluationFrequency: string;
  readonly criteria: { readonly allOf: readonly Condition[] };
}

/** Which signal a query asks for, and which of its fields. */
function asks(query: string): { readonly signal: string | undefined; readonly fields: readonly string[] } {
  const signal = /\| where Message contains '\{"signal":"(\w+)"'/.exec(query)?.[1];
  return { signal, fields: [...query.matchAll(/\bfields\.(\w+)/g)].map(([, field]) => field ?? '') };
}

/** The signal and the fields that a query asks for and the code does not name. */
function unknownIn(query: string): readonly string[] {
  const { signal = '', fields } = asks(query);
  const names: Readonly<Record<string, readonly string[]>> = SIGNALS;
  const known = names[signal];
  if (known === undefined) return [signal];
  return fields.filter((field) => field !== 'signal' && !known.includes(field));
}

/** What the workspace makes of a log line: the test in KQL's `contains`, and its `extract`. */
function readLine(query: string, line: string): unknown {
  const contained = /contains '([^']+)'/.exec(query)?.[1] ?? '';
  const pattern = /extract\(@'([^']+)'/.exec(query)?.[1] ?? '';
  const json = line.includes(contained) ? new RegExp(pattern).exec(line)?.[1] : undefined;
  if (json === undefined) return undefined;
  try {
    return JSON.parse(json);
  } catch {
    // KQL takes what is no JSON for a text, and a text has no fields.
    return undefined;
  }
}

export function testAlerts(predictions: GetPredictions): void {
  const rules = (): ReadonlyMap<string, Rule & Condition> =>
    new Map(
      ofType(predictions().plain, 'Microsoft.Insights/scheduledQueryRules').map((resource) => {
        const rule = resource.properties as unknown as Rule;
        const [condition] = rule.criteria.allOf;
        if (condition === undefined) throw new Error(`${resource.name} has no condition`);
        return [lastName(resource).replace(/^.*-/, ''), { ...rule, ...condition }];
      }),
    );

  describe('an alert', () => {
    it('is raised on each of these, and on nothing else', () => {
      const seen = [...rules()].map(([name, rule]) => [
        name,
        `${rule.timeAggregation} ${rule.operator} ${rule.threshold}`,
        rule.windowSize,
        rule.failingPeriods.numberOfEvaluationPeriods,
        rule.dimensions.map((dimension) => dimension.name).join(),
      ]);
      expect(seen).toEqual([
        ['deadLetters', 'Count GreaterThanOrEqual 1', 'PT15M', 1, ''],
        ['paused', 'Count GreaterThan 0', 'PT5M', 1, 'standing'],
        ['quotaWarning', 'Maximum GreaterThanOrEqual 80', 'PT10M', 1, 'scope'],
        ['quotaError', 'Maximum GreaterThanOrEqual 95', 'PT10M', 1, 'scope'],
        // Three times five minutes.
        ['heartbeat', 'Total LessThan 1', 'PT5M', 3, ''],
        ['queueAge', 'Maximum GreaterThan 900', 'PT10M', 1, 'queue'],
        ['poison', 'Maximum GreaterThan 0', 'PT10M', 1, 'queue'],
        ['defect', 'Count GreaterThan 0', 'PT15M', 1, ''],
      ]);
    });

    it('asks for a signal and for fields that the code names', () => {
      expect([...rules().values()].flatMap(({ query }) => unknownIn(query))).toEqual([]);
      // Negative control.
      expect(unknownIn(`| where Message contains '{"signal":"quota"' | where fields.adress`)).toEqual([
        'adress',
      ]);
    });

    it('has no field or column that KQL takes for one of its own words', () => {
      const reserved = new Set([
        'and',
        'as',
        'asc',
        'by',
        'contains',
        'desc',
        'has',
        'in',
        'kind',
        'not',
        'on',
        'or',
        'to',
        'with',
      ]);
      expect(
        Object.values(SIGNALS).flatMap((fields) => fields.filter((field) => reserved.has(field))),
      ).toEqual([]);
    });

    it('measures and splits by columns that its query has', () => {
      const missing = [...rules().values()].flatMap(({ query, metricMeasureColumn, dimensions }) =>
        [metricMeasureColumn, ...dimensions.map(({ name }) => name)].filter(
          (column) => column !== null && !query.includes(` ${column} = `),
        ),
      );
      expect(missing).toEqual([]);
    });

    it('is evaluated every five minutes, ends by itself, needs no table yet, and goes to the action group', () => {
      for (const { properties } of ofType(predictions().plain, 'Microsoft.Insights/scheduledQueryRules')) {
        expect(properties).toMatchObject({
          enabled: true,
          evaluationFrequency: 'PT5M',
          autoMitigate: true,
          skipQueryValidation: true,
          actions: { actionGroups: [expect.stringContaining('actionGroup')] },
        });
      }
    });

    it('reaches whoever is named', () => {
      const receivers = (name: 'plain' | 'entra') =>
        theOne(predictions()[name], 'Microsoft.Insights/actionGroups').properties['emailReceivers'];
      expect(receivers('plain')).toEqual([]);
      expect(receivers('entra')).toEqual([
        {
          name: 'mail-operators@contoso.com',
          emailAddress: 'mail-operators@contoso.com',
          useCommonAlertSchema: true,
        },
      ]);
    });

    it('reads a line as the app writes it, whatever the words before the fields are', () => {
      const lines: string[] = [];
      const log = makeLog((_level, line) => lines.push(line));
      const query = rules().get('paused')?.query ?? '';
      const fields = {
        signal: 'paused',
        standing: 'hve@contoso.com',
        by: 'reply',
        cause: 'say {"signal":"paused"}',
      };
      log('warn', 'mail does not go: {"signal":"paused","standing":"x"} {', fields);
      log('warn', 'mail does not go', { standing: 'hve@contoso.com' });
      log('warn', 'a field holds {"signal":"paused"}', { text: '{"signal":"paused"}' });
      expect(lines.map((line) => readLine(query, line))).toEqual([fields, undefined, undefined]);
    });
  });

  describe('the workbook', () => {
    const { items } = JSON.parse(readFileSync(join(infraFolder, 'modules', 'workbook.json'), 'utf8')) as {
      items: { type: number; name: string; content: { query?: string } }[];
    };
    const queries = items.flatMap(({ name, content: { query } }) =>
      query === undefined ? [] : [{ name, query }],
    );

    it('shows every signal', () => {
      const shown = new Set(queries.map(({ query }) => asks(query).signal));
      expect([...shown].filter((signal) => signal !== undefined).toSorted()).toEqual(
        Object.keys(SIGNALS).toSorted(),
      );
    });

    it.each(queries.filter(({ name }) => name !== 'errors'))(
      'asks in "$name" for what the code names',
      ({ query }) => {
        expect(unknownIn(query)).toEqual([]);
      },
    );

    it('is deployed over the workspace, whole', () => {
      const { properties } = theOne(predictions().plain, 'Microsoft.Insights/workbooks');
      const data = JSON.parse(String(properties['serializedData'])) as Record<string, unknown>;
      expect(data['items']).toEqual(items);
      expect(data['fallbackResourceIds']).toEqual([expect.stringMatching(/\/workspaces\/log-hve-/)]);
    });
  });
}
