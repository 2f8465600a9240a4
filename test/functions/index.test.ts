/** The bundle as `npm run build` leaves it, loaded like the Functions runtime does. */
import { createRequire, Module } from 'node:module';
import { describe, expect, it } from 'vitest';
import { OPERATIONS } from '../../shared/core/api/operations.ts';
import { openApiDocument } from '../../shared/core/api/openApi.ts';
import { createFunctionsCore, supplyFunctionsCore } from '../../local/host/functionsCore.ts';
import type { FunctionMetadata } from '../../local/host/rpc.ts';

function loadBundle(): FunctionMetadata[] {
  const core = createFunctionsCore(() => undefined);
  const original = Module.prototype.require;
  supplyFunctionsCore(core.api);
  try {
    createRequire(import.meta.url)('../../dist/main.cjs');
  } finally {
    Module.prototype.require = original;
  }
  return [...core.functions.values()].map(({ metadata }) => metadata);
}

/** Name, kind, what drives it, and for HTTP who may. */
function describeTrigger({ name, bindings }: FunctionMetadata): string {
  const trigger = Object.values(bindings).find((binding) => binding.type.endsWith('Trigger'))!;
  const { type, queueName, connection, methods, route, authLevel, schedule } = trigger as unknown as Record<
    string,
    unknown
  >;
  switch (type) {
    case 'queueTrigger':
      return `${name}: queue ${String(queueName)} of ${String(connection)}`;
    case 'httpTrigger':
      return `${name}: ${String(methods)} ${String(route)}, ${String(authLevel)}`;
    case 'timerTrigger':
      return `${name}: ${String(schedule)}`;
    default:
      return `${name}: ${String(type)}`;
  }
}

/** Once: a module is loaded once. */
const bundle = loadBundle();

describe('the bundle', () => {
  it('registers every trigger in the order of the data path, though no setting is there', () => {
    expect(bundle.map(describeTrigger)).toEqual([
      'sendMail: queue mail-outbox of HVE_STORAGE',
      'postMessage: POST messages, function',
      'getOperation: GET operations/{id}, anonymous',
      'getMessage: GET messages/{id}, function',
      'getPayload: GET messages/{id}/payload, function',
      'listMessages: GET messages, function',
      'cancelMessage: POST messages/{id}/cancel, function',
      'redriveMessage: POST messages/{id}/redrive, function',
      'releaseMessage: POST messages/{id}/release, function',
      'deliverMail: queue mail-deliveries of HVE_STORAGE',
      'deliverBulk: queue mail-bulk of HVE_STORAGE',
      'sweep: 0 * * * * *',
      'closeDay: 0 7 * * * *',
      'listDeadLetters: GET dead-letters, function',
      'getDeadLetter: GET dead-letters/{id}, function',
      'redriveDeadLetters: POST dead-letters/redrive, function',
      'eraseRecipient: POST recipients/erase, function',
      'getUsage: GET usage, function',
      'getUsageHistory: GET usage/history, function',
      'listAccounts: GET accounts, function',
      'pauseAccount: POST accounts/{address}/pause, function',
      'resumeAccount: POST accounts/{address}/resume, function',
      'pauseAll: POST pause, function',
      'resumeAll: POST resume, function',
      'getApp: GET apps/{name}, function',
      'putApp: PUT apps/{name}, function',
      'getHealth: GET health, function',
      'getOpenApi: GET openapi.json, anonymous',
      'getDashboard: GET dashboard, anonymous',
      'getDashboardFile: GET dashboard/{file}, anonymous',
      'unknownCall: GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS {*path}, anonymous',
    ]);
  });

  it('takes what no operation takes last: Azure tries routes in the order of the names', () => {
    const http = bundle.filter(({ bindings }) =>
      Object.values(bindings).some(({ type }) => type === 'httpTrigger'),
    );
    const names = http.map(({ name }) => name.toLowerCase());
    expect(names.toSorted().at(-1)).toBe('unknowncall');
  });

  it('registers what the OpenAPI document has, and the document has what is registered', () => {
    const registered = bundle.flatMap(({ name, bindings }) => {
      const trigger = Object.values(bindings).find(({ type }) => type === 'httpTrigger');
      if (trigger === undefined || name === 'unknownCall' || name === 'getDashboardFile') return [];
      const { methods, route } = trigger as unknown as { methods: string[]; route: string };
      return methods.map((method) => `${name}: ${method} /${route}`);
    });
    const { paths } = openApiDocument({ address: 'https://mail.contoso.com/api' }) as {
      paths: Record<string, Record<string, { operationId: string }>>;
    };
    const documented = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(
        ([method, { operationId }]) => `${operationId}: ${method.toUpperCase()} ${path}`,
      ),
    );
    expect(registered.toSorted()).toEqual(documented.toSorted());
    expect(registered).toHaveLength(Object.keys(OPERATIONS).length);
  });
});
