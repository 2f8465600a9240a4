/** Holds answers and examples against an OpenAPI 3.1 document, with ajv. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { JsonObject } from '../../../../shared/core/api/components.ts';

export interface DocumentedOperation {
  readonly name: string;
  readonly method: string;
  /** With its parameters in braces, behind the server's address: `/messages/{id}`. */
  readonly path: string;
  readonly object: JsonObject;
}

export interface DocumentChecker {
  readonly operations: readonly DocumentedOperation[];
  /** An operation's response, references followed; undefined: it is not documented. */
  response(operation: DocumentedOperation, status: number): JsonObject | undefined;
  /** What is wrong with a value, by a schema of the document; empty: nothing. */
  flaws(schema: JsonObject, value: unknown): readonly string[];
}

/**
 * The document allows fields that it does not name, so that a client goes on working when one comes; here they are flaws, or
 * an answer could have what nobody documented.
 */
export function makeDocumentChecker(document: JsonObject): DocumentChecker {
  const closed = close(document) as JsonObject;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema({ ...closed, $id: 'document' });
  const paths = closed['paths'] as Readonly<Record<string, Readonly<Record<string, JsonObject>>>>;
  const responses = (closed['components'] as JsonObject)['responses'] as Readonly<Record<string, JsonObject>>;
  return {
    operations: Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, object]) => ({
        name: String(object['operationId']),
        method: method.toUpperCase(),
        path,
        object,
      })),
    ),
    response: ({ object }, status) => {
      const found = (object['responses'] as Readonly<Record<string, JsonObject>>)[String(status)];
      const name = typeof found?.['$ref'] === 'string' ? found['$ref'].split('/').at(-1)! : null;
      return name === null ? found : responses[name];
    },
    flaws: (schema, value) => {
      const validate = ajv.compile(absolute(schema) as JsonObject);
      validate(value);
      return (validate.errors ?? []).map(
        ({ instancePath, message, params }) =>
          `${instancePath || '(whole)'} ${message} ${JSON.stringify(params)}`,
      );
    },
  };
}

function absolute(value: unknown): unknown {
  return map(value, (object) =>
    typeof object['$ref'] === 'string' ? { ...object, $ref: `document${object['$ref']}` } : object,
  );
}

/** An object that names its fields has no others. */
function close(value: unknown): unknown {
  return map(value, (object) =>
    object['type'] === 'object' && 'properties' in object && !('additionalProperties' in object)
      ? { ...object, additionalProperties: false }
      : object,
  );
}

function map(value: unknown, change: (object: JsonObject) => JsonObject): unknown {
  if (Array.isArray(value)) return value.map((item) => map(item, change));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(change(value as JsonObject));
  return Object.fromEntries(entries.map(([key, inner]) => [key, map(inner, change)]));
}
