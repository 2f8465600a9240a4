export interface Route {
  /** The values of the route's parameters, or undefined where the path does not match. */
  match(path: string): Record<string, string> | undefined;
}

interface Segment {
  readonly kind: 'literal' | 'parameter' | 'optional' | 'rest';
  readonly text: string;
}

/**
 * A route template of an HTTP trigger: `messages/{id}`, `days/{day?}`, `files/{*path}`. A constraint (`{id:int}`) and a
 * default (`{id=1}`) are ignored. Literals match in any case, as in Azure. Paths come without the leading slash.
 */
export function parseRoute(template: string): Route {
  const segments = splitPath(template).map(parseSegment);
  return { match: (path) => matchSegments(segments, splitPath(path)) };
}

function parseSegment(text: string): Segment {
  const parameter = /^\{(\*{0,2})([^:=?}]+)[^?}]*(\?)?\}$/.exec(text);
  if (parameter === null) return { kind: 'literal', text: text.toLowerCase() };
  const [, stars, name = '', optional] = parameter;
  if (stars !== '') return { kind: 'rest', text: name };
  return { kind: optional === undefined ? 'parameter' : 'optional', text: name };
}

function matchSegments(
  segments: readonly Segment[],
  parts: readonly string[],
): Record<string, string> | undefined {
  const values: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    if (segment.kind === 'rest') {
      const rest = decode(parts.slice(index).join('/'));
      if (rest === undefined) return undefined;
      if (rest !== '') values[segment.text] = rest;
      return values;
    }
    const part = parts[index];
    if (part === undefined) {
      if (segment.kind !== 'optional') return undefined;
      continue;
    }
    const value = decode(part);
    if (value === undefined) return undefined;
    if (segment.kind === 'literal') {
      if (value.toLowerCase() !== segment.text) return undefined;
    } else {
      values[segment.text] = value;
    }
  }
  return parts.length > segments.length ? undefined : values;
}

function splitPath(path: string): string[] {
  const trimmed = path.replace(/^\/+|\/+$/g, '');
  return trimmed === '' ? [] : trimmed.split('/');
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
