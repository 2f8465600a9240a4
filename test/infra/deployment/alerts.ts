import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SIGNALS } from '../../../shared/core/signals.ts';
import { METRICS, SPANS } from '../../../shared/core/telemetryNames.ts';
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

/** Which signals and metrics a query asks for, and which of their fields and attributes. */
function asks(query: string): {
  readonly signals: readonly string[];
  readonly metrics: readonly string[];
  readonly fields: readonly string[];
} {
  const all = (pattern: RegExp): readonly string[] =>
    [...query.matchAll(pattern)].map(([, name]) => name ?? '');
  return {
    signals: all(/tostring\(Properties\.signal\) == '(\w+)'/g),
    metrics: all(/'(hve\.(?!accept|attempt'|smtp')[a-z_.]+)'/g),
    fields: all(/\bProperties\.(\w+)/g),
  };
}

/** What a query asks for and the code does not name: signals, metrics, their fields. */
function unknownIn(query: string): readonly string[] {
  const { signals, metrics, fields } = asks(query);
  const known: Readonly<Record<string, readonly string[]>> = {
    ...SIGNALS,
    ...Object.fromEntries(Object.entries(METRICS).map(([name, { attributes }]) => [name, attributes])),
  };
  const names = [...signals, ...metrics];
  const offered = new Set(['signal', ...names.flatMap((name) => known[name] ?? [])]);
  return [
    ...names.filter((name) => known[name] === undefined),
    ...fields.filter((field) => !offered.has(field)),
  ];
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
        // One period: its row has no time.
        ['heartbeat', 'Total LessThan 1', 'PT15M', 1, ''],
        ['queueAge', 'Maximum GreaterThan 900', 'PT10M', 1, 'queue'],
        ['poison', 'Maximum GreaterThan 0', 'PT10M', 1, 'queue'],
        ['defect', 'Count GreaterThan 0', 'PT15M', 1, ''],
        ['retention', 'Count GreaterThanOrEqual 3', 'PT6H', 1, 'part'],
      ]);
    });

    it('asks for a signal or a metric, and for fields that the code names', () => {
      for (const { query } of rules().values()) {
        const { signals, metrics } = asks(query);
        expect([...signals, ...metrics]).toHaveLength(1);
        expect(unknownIn(query)).toEqual([]);
      }
      // Negative controls.
      expect(unknownIn("| where tostring(Properties.signal) == 'paused' | where Properties.adress")).toEqual([
        'adress',
      ]);
      expect(unknownIn("| where Name == 'hve.quota.percents'")).toEqual(['hve.quota.percents']);
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
  });

  describe('the workbook', () => {
    const { items } = JSON.parse(readFileSync(join(infraFolder, 'modules', 'workbook.json'), 'utf8')) as {
      items: { type: number; name: string; content: { query?: string } }[];
    };
    const queries = items.flatMap(({ name, content: { query } }) =>
      query === undefined ? [] : [{ name, query }],
    );

    it('shows every signal and every metric', () => {
      const shown = (kind: 'signals' | 'metrics'): string[] =>
        [...new Set(queries.flatMap(({ query }) => asks(query)[kind]))].toSorted();
      expect(shown('signals')).toEqual(Object.keys(SIGNALS).toSorted());
      expect(shown('metrics')).toEqual(Object.keys(METRICS).toSorted());
    });

    it('asks for the spans by their names', () => {
      const { query = '' } = queries.find(({ name }) => name === 'failures') ?? {};
      for (const name of Object.keys(SPANS)) expect(query).toContain(`'${name}'`);
    });

    /** Over whatever stands in the tables. */
    const NOT_OURS = new Set(['errors', 'failures', 'ingested']);

    it.each(queries.filter(({ name }) => !NOT_OURS.has(name)))(
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
