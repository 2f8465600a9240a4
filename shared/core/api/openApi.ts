/**
 * The OpenAPI 3.1 document: the table of operations, their words, and the schemas that also check messages and type the
 * answers. Pure.
 */
import { ENTRA_ROLES } from './callerRoles.ts';
import { isObject, makeComponents } from './components.ts';
import type { Components, JsonObject } from './components.ts';
import { HEADERS, TAGS } from './operationText.ts';
import type { Answer, OperationText, Parameter } from './operationText.ts';
import { OPERATION_TEXTS } from './operationTexts.ts';
import { operationNames, OPERATIONS } from './operations.ts';
import type { Access, ApiOperation, OperationName } from './operations.ts';
import { problemDetails } from './problemAnswers.ts';
import { describeProblem, problemsByStatus } from './problemResponses.ts';
import { closedDay, usage } from './usageAnswers.ts';

/** Of the API: the first number changes with what no longer works as before. */
const API_VERSION = '1.0.0';

const DESCRIPTION = `Sends an organisation's mail through Exchange Online's High Volume Email: within its limits, nothing lost, nothing twice.

A producer has a key of the function postMessage, or the role ${ENTRA_ROLES.producer}, and can only submit; an operator has a host key, or the role ${ENTRA_ROLES.operator}, and may call everything. Every list is \`{ items, cursor? }\`, the newest first. Errors are RFC 9457 problems with a \`code\`.`;

/** `address`: the API's, without a slash at its end. */
export function openApiDocument({ address }: { readonly address: string }): JsonObject {
  const components = makeComponents();
  const problem = components.use(problemDetails);
  // What a union names must stand there first.
  for (const schema of [usage, closedDay]) components.use(schema);
  const responses: Record<string, JsonObject> = {};
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const name of operationNames()) {
    const { route, method }: ApiOperation = OPERATIONS[name];
    const operation = describeOperation(name, { components, problem, responses });
    paths[`/${route}`] = { ...paths[`/${route}`], [method.toLowerCase()]: operation };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'hve-mailer',
      version: API_VERSION,
      description: DESCRIPTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: address }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: components.all(),
      responses,
      securitySchemes: {
        key: {
          type: 'apiKey',
          in: 'header',
          name: 'x-functions-key',
          description: 'A key of the function postMessage (producer), or a host key (operator).',
        },
        entra: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            'A token of Entra ID for the API’s application, with the role that the operation names.',
        },
      },
    },
  };
}

/** What operations share. */
interface Shared {
  readonly components: Components;
  /** The schema of an error. */
  readonly problem: JsonObject;
  /** The errors that more than one can answer, by name; made as they are used. */
  readonly responses: Record<string, JsonObject>;
}

function describeOperation(name: OperationName, shared: Shared): JsonObject {
  const { components } = shared;
  const operation: ApiOperation = OPERATIONS[name];
  const text = OPERATION_TEXTS[name];
  const { tag, summary, description, body, path, query, header } = text;
  const parameters = [
    ...describeParameters('path', path),
    ...describeParameters('query', query),
    ...describeParameters('header', header),
  ];
  return {
    operationId: name,
    tags: [tag],
    summary,
    description,
    security: securityOf(operation.access),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body
      ? {
          requestBody: {
            required: body.isRequired,
            content: {
              'application/json': {
                schema: schemaOf(body.schema, components),
                examples: Object.fromEntries(
                  Object.entries(body.examples).map(([title, value]) => [title, { value }]),
                ),
              },
            },
          },
        }
      : {}),
    responses: describeResponses(operation, text, shared),
  };
}

function securityOf(access: Access): readonly JsonObject[] {
  if (access === 'anyone') return [];
  const roles = access === 'producer' ? [ENTRA_ROLES.producer] : [ENTRA_ROLES.operator];
  return [{ key: [] }, { entra: roles }];
}

function describeParameters(
  place: 'path' | 'query' | 'header',
  parameters: Readonly<Record<string, Parameter>> = {},
): JsonObject[] {
  return Object.entries(parameters).map(([name, { description, schema, example }]) => ({
    name,
    in: place,
    required: place === 'path',
    description,
    schema,
    example,
  }));
}

function schemaOf(schema: NonNullable<Answer['schema']>, components: Components): JsonObject {
  if ('component' in schema) return components.useNamed(schema.component);
  if (!('free' in schema)) return components.use(schema);
  const { anyOf, ...rest } = schema.free;
  if (!Array.isArray(anyOf)) return rest;
  return { anyOf: anyOf.map(({ component }: { component: string }) => components.useNamed(component)) };
}

function describeResponses(
  operation: ApiOperation,
  text: OperationText,
  { components, problem, responses }: Shared,
): JsonObject {
  const described: Record<string, JsonObject> = {};
  for (const [status, answer] of Object.entries(text.answers)) {
    described[status] = describeAnswer(answer, components);
  }
  for (const [status, codes] of problemsByStatus(operation, text)) {
    const answer = described[status];
    if (answer === undefined) {
      const name = codes.join('.');
      responses[name] ??= describeProblem(codes, problem);
      described[status] = { $ref: `#/components/responses/${name}` };
    } else {
      // Where a good answer has the status too (health), the problem stands beside it.
      const { description, content } = describeProblem(codes, problem);
      described[status] = {
        ...answer,
        description: `${String(answer['description'])} Or: ${String(description)}`,
        content: { ...objectOf(answer['content']), ...objectOf(content) },
      };
    }
  }
  return described;
}

function describeAnswer(answer: Answer, components: Components): JsonObject {
  const { description, schema, mediaType = 'application/json', headers = [], example } = answer;
  return {
    description,
    ...(headers.length > 0
      ? { headers: Object.fromEntries(headers.map((header) => [header, HEADERS[header]])) }
      : {}),
    content: {
      [mediaType]: {
        schema: schema === undefined ? { type: 'string' } : schemaOf(schema, components),
        ...(example === undefined ? {} : { example }),
      },
    },
  };
}

function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}
