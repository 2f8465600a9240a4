/** The schemas of the API as components of an OpenAPI 3.1 document, whose schemas are JSON Schema 2020-12. Pure. */
import { z } from 'zod';
import { messageJsonSchema } from '../messageSchema.ts';
import { MESSAGE_COMPONENT } from './requestSchemas.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export interface Components {
  /** A reference to the component of a schema that has an id, or the schema itself. */
  use(schema: z.ZodType): JsonObject;
  /** By the component's name; it must have been used, or be the message. */
  useNamed(name: string): JsonObject;
  all(): Readonly<Record<string, JsonObject>>;
}

const LOCAL = '#/$defs/';
const COMPONENTS = '#/components/schemas/';

export function makeComponents(): Components {
  const components: Record<string, JsonObject> = {};

  /** Takes the definitions of a schema out of it, into the components. */
  function hoist({ $schema: _dialect, $defs = {}, ...root }: JsonObject): JsonObject {
    for (const [name, schema] of Object.entries(isObject($defs) ? $defs : {})) {
      if (isObject(schema)) components[name] = clean(schema);
    }
    return clean(root);
  }

  components[MESSAGE_COMPONENT] = hoist(messageJsonSchema());

  const useNamed = (name: string): JsonObject => {
    if (components[name] === undefined) throw new Error(`the API's documents have no schema ${name}`);
    return { $ref: COMPONENTS + name };
  };

  return {
    use(schema) {
      // One with an id comes as a reference to its definition.
      return hoist(z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' }));
    },
    useNamed,
    all: () => Object.fromEntries(Object.entries(components).toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** With references into the components, and without what the library adds: its ids, and the limits of JavaScript's integers. */
function clean(schema: JsonObject): JsonObject {
  const isSchema = typeof schema['type'] === 'string' || Array.isArray(schema['anyOf']);
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key, value]) => !(isSchema && isOfTheLibrary(key, value)))
      .map(([key, value]) => [key, key === '$ref' ? intoComponents(String(value)) : cleanValue(value)]),
  );
}

function cleanValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(cleanValue);
  return isObject(value) ? clean(value) : value;
}

function intoComponents(reference: string): string {
  return reference.startsWith(LOCAL) ? COMPONENTS + reference.slice(LOCAL.length) : reference;
}

function isOfTheLibrary(key: string, value: unknown): boolean {
  if (key === 'maximum') return value === Number.MAX_SAFE_INTEGER;
  if (key === 'minimum') return value === Number.MIN_SAFE_INTEGER;
  return key === 'id' && typeof value === 'string';
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
