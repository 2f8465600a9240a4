/**
 * The same document in OpenAPI 2.0, for the custom connectors of Logic Apps and Power Automate: their importer takes no newer
 * version, and shows `x-ms-summary` to whoever builds a flow. Pure. Their schemas know no alternatives: where a field
 * takes several forms (recipients), the text form remains, as it suits a flow.
 * https://learn.microsoft.com/connectors/custom-connectors/openapi-extensions
 */
import { isObject } from './components.ts';
import type { JsonObject } from './components.ts';

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

const AUTHORIZE = 'https://login.microsoftonline.com/common/oauth2/authorize';
const TOKEN = 'https://login.microsoftonline.com/common/oauth2/token';

/** `document`: in 3.1. `mode`: a connector has one way to log in, the deployment's. */
export function openApi2Document(
  document: JsonObject,
  { mode }: { readonly mode: 'keys' | 'entra' },
): JsonObject {
  const [server] = listIn(document, 'servers');
  const { host, pathname, protocol } = new URL(String(server?.['url']));
  const components = objectIn(document, 'components');
  const schemas = objectIn(components, 'schemas');
  const convert = makeConvert(schemas);
  const security = [{ login: [] }];
  const paths = mapObject(objectIn(document, 'paths'), (path) =>
    mapObject(path, (operation) =>
      isForFlows(operation) ? convertOperation(operation, convert, security) : null,
    ),
  );
  const { title, version, description } = objectIn(document, 'info');
  return {
    swagger: '2.0',
    info: {
      title,
      version,
      description,
      license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
    },
    host,
    basePath: pathname,
    schemes: [protocol.slice(0, -1)],
    consumes: ['application/json'],
    produces: ['application/json'],
    tags: document['tags'],
    paths: Object.fromEntries(Object.entries(paths).filter(([, path]) => Object.keys(path).length > 0)),
    definitions: mapObject(schemas, (schema) => convert(schema)),
    responses: mapObject(objectIn(components, 'responses'), (response) => convertResponse(response, convert)),
    securityDefinitions: {
      login:
        mode === 'keys'
          ? { type: 'apiKey', in: 'header', name: 'x-functions-key' }
          : {
              type: 'oauth2',
              flow: 'accessCode',
              authorizationUrl: AUTHORIZE,
              tokenUrl: TOKEN,
              scopes: {},
            },
    },
    security,
  };
}

type Convert = (schema: JsonObject) => JsonObject;

/** Nobody builds a flow with a page, or with this document. */
function isForFlows(operation: JsonObject): boolean {
  const answers = Object.values(objectIn(operation, 'responses')).filter(isObject);
  const answersJson = answers.some((answer) => 'application/json' in objectIn(answer, 'content'));
  return operation['operationId'] !== 'getOpenApi' && answersJson;
}

function convertOperation(operation: JsonObject, convert: Convert, security: unknown): JsonObject {
  const { operationId, tags, summary, description, requestBody } = operation;
  const isOpen = listIn(operation, 'security').length === 0;
  const body = isObject(requestBody) ? requestBody : null;
  const parameters = [
    ...listIn(operation, 'parameters').map((parameter) => convertParameter(parameter, convert)),
    ...(body === null ? [] : [convertBody(body, convert)]),
  ];
  return {
    operationId,
    tags,
    summary,
    description,
    security: isOpen ? [] : security,
    ...(parameters.length > 0 ? { parameters } : {}),
    responses: mapObject(objectIn(operation, 'responses'), (response) =>
      '$ref' in response
        ? { $ref: String(response['$ref']).replace('#/components/responses/', '#/responses/') }
        : convertResponse(response, convert),
    ),
  };
}

function convertParameter(parameter: JsonObject, convert: Convert): JsonObject {
  const { name, in: place, required, description } = parameter;
  return {
    name,
    in: place,
    required,
    description,
    ...convert(objectIn(parameter, 'schema')),
    ...shownAs(String(name), required === true),
    ...(place === 'path' ? { 'x-ms-url-encoding': 'single' } : {}),
  };
}

function convertBody(body: JsonObject, convert: Convert): JsonObject {
  const content = objectIn(objectIn(body, 'content'), 'application/json');
  return {
    name: 'body',
    in: 'body',
    required: body['required'],
    'x-ms-summary': 'Body',
    schema: convert(objectIn(content, 'schema')),
  };
}

function convertResponse(response: JsonObject, convert: Convert): JsonObject {
  const [mediaType, content] = Object.entries(objectIn(response, 'content'))[0] ?? ['', {}];
  const { schema, example } = isObject(content) ? content : {};
  const headers = mapObject(objectIn(response, 'headers'), (header) => ({
    ...convert(objectIn(header, 'schema')),
    description: header['description'],
  }));
  return {
    description: response['description'],
    ...(isObject(schema) ? { schema: convert(schema) } : {}),
    ...(Object.keys(headers).length > 0 ? { headers } : {}),
    ...(example === undefined ? {} : { examples: { [mediaType]: example } }),
  };
}

/** `schemas`: the components, by whose names references go. */
function makeConvert(schemas: JsonObject): Convert {
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
function shownAs(name: string, isRequired: boolean): JsonObject {
  const words = name.replaceAll('-', ' ').replaceAll(/([a-z])([A-Z])/g, '$1 $2');
  return {
    'x-ms-summary': words.charAt(0).toUpperCase() + words.slice(1),
    'x-ms-visibility': isRequired || IMPORTANT.has(name) ? 'important' : 'advanced',
  };
}

function nameIn({ $ref }: JsonObject): string | null {
  return typeof $ref === 'string' ? ($ref.split('/').at(-1) ?? null) : null;
}

function objectIn(value: JsonObject, key: string): JsonObject {
  const inner = value[key];
  return isObject(inner) ? inner : {};
}

function listIn(value: JsonObject, key: string): readonly JsonObject[] {
  const inner = value[key];
  return Array.isArray(inner) ? inner.filter(isObject) : [];
}

/** What becomes null is left out. */
function mapObject(
  value: JsonObject,
  change: (inner: JsonObject) => JsonObject | null,
): Readonly<Record<string, JsonObject>> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]): [string, JsonObject][] => {
      const changed = isObject(inner) ? change(inner) : null;
      return changed === null ? [] : [[key, changed]];
    }),
  );
}
