/**
 * The same document in OpenAPI 2.0, for the custom connectors of Logic Apps and Power Automate: their importer takes no newer
 * version, and shows `x-ms-summary` to whoever builds a flow. Pure. Their schemas know no alternatives: where a field
 * takes several forms (recipients), the text form remains, as it suits a flow.
 * https://learn.microsoft.com/connectors/custom-connectors/openapi-extensions
 */
import { isObject } from './components.ts';
import type { JsonObject } from './components.ts';
import { listIn, makeConvert, nameIn, objectIn, shownAs } from './convertSchema.ts';
import type { Convert } from './convertSchema.ts';

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
  const responses = objectIn(components, 'responses');
  const security = [{ login: [] }];
  const paths = mapObject(objectIn(document, 'paths'), (path) =>
    mapObject(path, (operation) =>
      isForFlows(operation) ? convertOperation(operation, { convert, responses, security }) : null,
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

/** Nobody builds a flow with a page, or with this document. */
function isForFlows(operation: JsonObject): boolean {
  const answers = Object.values(objectIn(operation, 'responses')).filter(isObject);
  const answersJson = answers.some((answer) => 'application/json' in objectIn(answer, 'content'));
  return operation['operationId'] !== 'getOpenApi' && answersJson;
}

/** What operations share; `responses` by name. */
interface Shared {
  readonly convert: Convert;
  readonly responses: JsonObject;
  readonly security: readonly JsonObject[];
}

function convertOperation(operation: JsonObject, { convert, responses, security }: Shared): JsonObject {
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
    // Written out: importers follow references to schemas, and not all of them any others.
    responses: mapObject(objectIn(operation, 'responses'), (response) => {
      const name = nameIn(response);
      return convertResponse(name === null ? response : objectIn(responses, name), convert);
    }),
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
