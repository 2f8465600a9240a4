import { createConfig, lintFromString } from '@redocly/openapi-core';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../shared/core/api/components.ts';
import { API_PROBLEMS } from '../../../../shared/core/api/problemCodes.ts';
import { openApiDocument } from '../../../../shared/core/api/openApi.ts';
import { openApi2Document } from '../../../../shared/core/api/openApi2.ts';
import { OPERATIONS } from '../../../../shared/core/api/operations.ts';
import { parseMessage } from '../../../../shared/core/messageSchema.ts';
import { makeDocumentChecker } from './documentChecker.ts';

const ADDRESS = 'https://mail.contoso.com/api';
const document = openApiDocument({ address: ADDRESS });
const forFlows = openApi2Document(document, { mode: 'keys' });
const checker = makeDocumentChecker(document);
const textOf = (value: unknown): string => JSON.stringify(value);

async function lint(value: JsonObject): Promise<string[]> {
  const config = await createConfig({ extends: ['recommended-strict'] });
  const problems = await lintFromString({ source: textOf(value), absoluteRef: '/document.json', config });
  return problems.map(({ ruleId, message, location }) => `${ruleId} ${location[0]?.pointer}: ${message}`);
}

describe.each([
  ['3.1', document],
  ['2.0', forFlows],
])('the document in OpenAPI %s', (_, value) => {
  it('has no error and no warning under the recommended rules of a public linter', async () => {
    expect(await lint(value)).toEqual([]);
  });

  it('would have one where something is wrong', async () => {
    expect(await lint({ ...value, info: {} })).not.toEqual([]);
    const undefinedLogin = { ...value, components: {}, securityDefinitions: {}, security: [{ nobody: [] }] };
    expect(await lint(undefinedLogin)).not.toEqual([]);
  });

  it('describes every operation, once, with a summary and a description', () => {
    const operations = Object.values(value['paths'] as Record<string, Record<string, JsonObject>>).flatMap(
      (path) => Object.values(path),
    );
    const names = operations.map(({ operationId }) => String(operationId));
    const expected = Object.keys(OPERATIONS).filter((name) => value === document || isForFlows(name));
    expect(names.toSorted()).toEqual(expected.toSorted());
    for (const { summary, description } of operations) {
      expect(String(summary).length).toBeGreaterThan(5);
      expect(String(description).length).toBeGreaterThan(20);
    }
  });
});

/** The others are no steps of a flow. */
function isForFlows(name: string): boolean {
  return name !== 'getOpenApi' && name !== 'getDashboard';
}

describe('the examples', () => {
  const { operations } = checker;

  it.each(operations)('of what $name takes are taken', ({ object }) => {
    const body = object['requestBody'] as { content: Record<string, JsonObject> } | undefined;
    const { schema, examples = {} } = body?.content['application/json'] ?? {};
    expect(Object.keys(examples as object).length > 0).toBe(body !== undefined);
    for (const { value } of Object.values(examples as Record<string, { value: unknown }>)) {
      expect(checker.flaws(schema as JsonObject, value)).toEqual([]);
    }
    for (const parameter of (object['parameters'] ?? []) as JsonObject[]) {
      expect(checker.flaws(parameter['schema'] as JsonObject, parameter['example'])).toEqual([]);
    }
  });

  it.each(operations)('of what $name answers are as its schemas say', (operation) => {
    for (const status of Object.keys(operation.object['responses'] as object)) {
      const { content = {} } = checker.response(operation, Number(status))!;
      for (const [type, { schema, example }] of Object.entries(content as Record<string, JsonObject>)) {
        if (type === 'text/html') continue;
        expect(checker.flaws(schema as JsonObject, example)).toEqual([]);
      }
    }
  });

  it('of a message are messages', () => {
    const { object } = operations.find(({ name }) => name === 'postMessage')!;
    const body = object['requestBody'] as {
      content: Record<string, { examples: Record<string, { value: unknown }> }>;
    };
    for (const { value } of Object.values(body.content['application/json']!.examples)) {
      expect(parseMessage(value, { now: Date.parse('2026-11-24T08:00:00Z') })).toMatchObject({ ok: true });
    }
  });
});

describe('the document', () => {
  it('names who may call each operation', () => {
    for (const { name, object } of checker.operations) {
      const { access } = OPERATIONS[name as keyof typeof OPERATIONS];
      const roles = { anyone: [], producer: ['Mail.Submit'], operator: ['Mail.Operate'] }[access];
      expect([name, object['security']]).toEqual([
        name,
        access === 'anyone' ? [] : [{ key: [] }, { entra: roles }],
      ]);
    }
  });

  it('names every code that an error can have', () => {
    const silent = Object.keys(API_PROBLEMS).filter((code) => !textOf(document).includes(`\`${code}\``));
    // Whatever has no operation is answered so.
    expect(silent).toEqual(['method_not_allowed']);
  });
});

describe('the document for flows', () => {
  it('says where the API is, as the importer wants it', () => {
    expect(forFlows).toMatchObject({ host: 'mail.contoso.com', basePath: '/api', schemes: ['https'] });
    const local = openApi2Document(openApiDocument({ address: 'http://127.0.0.1:7071/api' }), {
      mode: 'keys',
    });
    expect(local).toMatchObject({ host: '127.0.0.1:7071', schemes: ['http'] });
  });

  it('logs in as the deployment asks for', () => {
    expect(forFlows['securityDefinitions']).toMatchObject({ login: { type: 'apiKey' } });
    const entra = openApi2Document(document, { mode: 'entra' });
    expect(entra['securityDefinitions']).toMatchObject({ login: { type: 'oauth2', flow: 'accessCode' } });
  });

  it('is small enough for the importer: 1 MB', () => {
    expect(textOf(forFlows).length).toBeLessThan(1_000_000);
  });

  it('has no keyword that its version does not know', () => {
    const found = textOf(forFlows).match(
      /"(anyOf|oneOf|const|propertyNames|contentEncoding|\$defs|nullable|examples":\[)"?/g,
    );
    expect(found).toBeNull();
    expect(textOf(forFlows)).not.toMatch(/"type":\[/);
  });

  it('refers to schemas only: not every importer follows anything else', () => {
    const references = [...textOf(forFlows).matchAll(/"\$ref":"([^"]+)"/g)].map(([, target = '']) => target);
    expect(references.length).toBeGreaterThan(100);
    expect(references.filter((target) => !target.startsWith('#/definitions/'))).toEqual([]);
  });

  it('takes recipients as a text, as flows have them, and shows what matters first', () => {
    const { Message } = forFlows['definitions'] as Record<string, { properties: Record<string, JsonObject> }>;
    expect(Message!.properties).toMatchObject({
      to: { type: 'string', 'x-ms-summary': 'To', 'x-ms-visibility': 'important' },
      from: { type: 'string' },
      subject: { type: 'string', 'x-ms-visibility': 'important' },
      idempotencyKey: { 'x-ms-summary': 'Idempotency Key', 'x-ms-visibility': 'advanced' },
      attachments: { type: 'array', items: { $ref: '#/definitions/Attachment' } },
    });
  });
});
