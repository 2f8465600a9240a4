/**
 * As much of JSON Schema 2020-12 as the message's schema uses: enough to hold it against what parseMessage does. An
 * unknown keyword is an error, so that nothing in the schema goes unproved.
 */
type Schema = Readonly<Record<string, unknown>>;

const ANNOTATIONS = new Set([
  '$schema',
  '$defs',
  'title',
  'description',
  'examples',
  'format',
  'contentEncoding',
]);

export function isValid(root: Schema, value: unknown, schema: Schema = root): boolean {
  return Object.keys(schema).every(
    (keyword) => ANNOTATIONS.has(keyword) || checkKeyword(root, value, schema, keyword),
  );
}

function checkKeyword(root: Schema, value: unknown, schema: Schema, keyword: string): boolean {
  const argument = schema[keyword];
  const matches = (sub: unknown): boolean => isValid(root, value, sub as Schema);
  const record = typeOf(value) === 'object' ? (value as Record<string, unknown>) : {};
  const names = Object.keys(record);
  const properties = (schema['properties'] ?? {}) as Record<string, Schema>;
  switch (keyword) {
    case '$ref':
      return matches((root['$defs'] as Schema)[(argument as string).replace('#/$defs/', '')]);
    case 'type':
      return [argument].flat().includes(typeOf(value));
    case 'enum':
      return (argument as unknown[]).includes(value);
    case 'allOf':
      return (argument as Schema[]).every((sub) => matches(sub));
    case 'anyOf':
      return (argument as Schema[]).some((sub) => matches(sub));
    case 'oneOf':
      return (argument as Schema[]).filter((sub) => matches(sub)).length === 1;
    case 'not':
      return !matches(argument);
    case 'required':
      return (
        typeOf(value) !== 'object' || (argument as string[]).every((name) => Object.hasOwn(record, name))
      );
    case 'properties':
      return names.every(
        (name) => !Object.hasOwn(properties, name) || isValid(root, record[name], properties[name]),
      );
    case 'additionalProperties':
      return names.every(
        (name) =>
          Object.hasOwn(properties, name) ||
          (argument !== false && isValid(root, record[name], argument as Schema)),
      );
    case 'propertyNames':
      return names.every((name) => isValid(root, name, argument as Schema));
    case 'items':
      return !Array.isArray(value) || value.every((entry) => isValid(root, entry, argument as Schema));
    case 'pattern':
      return typeof value !== 'string' || new RegExp(argument as string, 'u').test(value);
    case 'minLength':
      return typeof value !== 'string' || value.length >= (argument as number);
    case 'maxLength':
      return typeof value !== 'string' || value.length <= (argument as number);
    case 'maxItems':
      return !Array.isArray(value) || value.length <= (argument as number);
    case 'maxProperties':
      return names.length <= (argument as number);
    default:
      throw new Error(`unknown keyword ${keyword}`);
  }
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
