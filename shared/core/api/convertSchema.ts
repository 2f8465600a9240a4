/**
 * A schema of OpenAPI 3.1 as OpenAPI 2.0 can say it: no alternatives, no null, one example. What is lost is what a designer of flows
 * could not show either. Pure.
 */
import { isObject } from './components.ts';
import type { JsonObject } from './components.ts';

export type Convert = (schema: JsonObject) => JsonObject;

/** What a designer shows at once; everything else stands under "advanced". */
const IMPORTANT = new Set(['to', 'subject', 'html', 'text', 'id', 'Idempotency-Key']);
/** Keywords that mean the same in both, or nothing to this version that it would refuse. */
const KEPT = new Set([
  'type',
  'format',
  'title',
  'description',
  'default',
  'required',
  'minLength',
  'maxLength',
  'pattern',
  'minimum',
  'maximum',
  'minItems',
  'maxItems',
  'maxProperties',
]);

/** `schemas`: the components, by whose names references go. */
export function makeConvert(schemas: JsonObject): Convert {
  const follow = (schema: JsonObject): JsonObject => {
    const name = nameIn(schema);
    return name === null ? schema : objectIn(schemas, name);
  };

  function convert(schema: JsonObject): JsonObject {
    const options = [...listIn(schema, 'anyOf'), ...('properties' in schema ? [] : listIn(schema, 'oneOf'))];
    if (options.length > 0) return convertOptions(schema, options);
    const name = nameIn(schema);
    if (name !== null) return { $ref: `#/definitions/${name}` };
    return convertPlain(schema);
  }

  /** Objects become one with the fields of all; else the first text, or the first. Null is a mark of its own. */
  function convertOptions(schema: JsonObject, options: readonly JsonObject[]): JsonObject {
    const others = options.filter(({ type }) => type !== 'null');
    const isNullable = others.length < options.length;
    const note = convertPlain({ ...schema, anyOf: undefined, oneOf: undefined });
    const marks = isNullable ? { 'x-nullable': true } : {};
    const resolved = others.map(follow);
    if (resolved.length > 1 && resolved.every(({ type }) => type === 'object')) {
      return { ...convertPlain(mergeObjects(resolved)), ...note, ...marks };
    }
    const index = Math.max(0, resolved.findIndex(isText));
    const chosen = others[index];
    if (chosen === undefined) return { ...note, ...marks };
    const converted = convert(chosen);
    // Beside a reference nothing counts; what is no object is written out, so that it keeps its own words.
    if (!('$ref' in converted)) return { ...converted, ...note, ...marks };
    const target = follow(chosen);
    return target['type'] === 'object' ? converted : { ...convert(target), ...note, ...marks };
  }

  /** A text, or alternatives of which one is a text. */
  function isText(schema: JsonObject): boolean {
    if (schema['type'] === 'string') return true;
    return listIn(schema, 'anyOf').map(follow).some(isText);
  }

  function convertPlain(schema: JsonObject): JsonObject {
    const { type, enum: words, const: constant, examples, properties, items, additionalProperties } = schema;
    const types = Array.isArray(type) ? type.filter((one) => one !== 'null') : [type];
    const allowed = constant === undefined ? words : [constant];
    const [example] = Array.isArray(examples) ? examples : [];
    return {
      ...Object.fromEntries(Object.entries(schema).filter(([key]) => KEPT.has(key))),
      ...(types[0] === undefined ? {} : { type: types[0] }),
      ...(Array.isArray(type) && type.includes('null') ? { 'x-nullable': true } : {}),
      ...(Array.isArray(allowed) ? { enum: allowed.filter((one) => one !== null) } : {}),
      ...(schema['contentEncoding'] === 'base64' ? { format: 'byte' } : {}),
      ...(example === undefined || isObject(example) ? {} : { example }),
      ...(isObject(items) ? { items: convert(items) } : {}),
      ...(isObject(properties) ? { properties: convertProperties(schema, properties) } : {}),
      ...(isObject(additionalProperties) ? { additionalProperties: convert(additionalProperties) } : {}),
      ...(typeof additionalProperties === 'boolean' ? { additionalProperties } : {}),
    };
  }

  function convertProperties(schema: JsonObject, properties: JsonObject): JsonObject {
    const required = requiredOf(schema);
    return Object.fromEntries(
      Object.entries(properties).map(([name, value]) => {
        const converted = convert(isObject(value) ? value : {});
        return [
          name,
          '$ref' in converted ? converted : { ...converted, ...shownAs(name, required.includes(name)) },
        ];
      }),
    );
  }

  return convert;
}

function requiredOf({ required }: JsonObject): readonly unknown[] {
  return Array.isArray(required) ? required : [];
}

function mergeObjects(objects: readonly JsonObject[]): JsonObject {
  const [first = {}, ...others] = objects;
  return {
    type: 'object',
    properties: Object.fromEntries(
      objects.toReversed().flatMap((one) => Object.entries(objectIn(one, 'properties'))),
    ),
    required: requiredOf(first).filter((name) => others.every((other) => requiredOf(other).includes(name))),
  };
}

/** `idempotencyKey` as "Idempotency Key". */
export function shownAs(name: string, isRequired: boolean): JsonObject {
  const words = name.replaceAll('-', ' ').replaceAll(/([a-z])([A-Z])/g, '$1 $2');
  return {
    'x-ms-summary': words.charAt(0).toUpperCase() + words.slice(1),
    'x-ms-visibility': isRequired || IMPORTANT.has(name) ? 'important' : 'advanced',
  };
}

/** Of the component that is referred to; null: nothing is. */
export function nameIn({ $ref }: JsonObject): string | null {
  return typeof $ref === 'string' ? ($ref.split('/').at(-1) ?? null) : null;
}

export function objectIn(value: JsonObject, key: string): JsonObject {
  const inner = value[key];
  return isObject(inner) ? inner : {};
}

export function listIn(value: JsonObject, key: string): readonly JsonObject[] {
  const inner = value[key];
  return Array.isArray(inner) ? inner.filter(isObject) : [];
}
