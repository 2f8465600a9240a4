import type { HttpRequest } from '@azure/functions';
import { decodeBody } from '../shared/core/decodeItem.ts';
import type { Problem } from '../shared/core/message.ts';
import { makeProblem } from '../shared/core/messageProblems.ts';
import { isRecord } from '../shared/core/messageRelations.ts';

export type JsonBody =
  | { readonly ok: true; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** A small JSON object with these fields only; no body at all is an empty one. */
export async function readJsonBody(request: HttpRequest, names: readonly string[]): Promise<JsonBody> {
  const bytes = new Uint8Array(await request.arrayBuffer());
  if (bytes.length === 0) return { ok: true, fields: {} };
  const body = decodeBody(bytes);
  if (!body.ok) return body;
  if (!isRecord(body.value)) {
    return { ok: false, problems: [makeProblem([], 'type', `expected an object with ${names.join(', ')}`)] };
  }
  const problems = unknownFields(body.value, names, []);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, fields: body.value };
}

export function unknownFields(
  fields: Readonly<Record<string, unknown>>,
  names: readonly string[],
  path: readonly string[],
): Problem[] {
  return Object.keys(fields)
    .filter((name) => !names.includes(name))
    .map((name) => makeProblem([...path, name], 'unknown_field', `there are ${names.join(', ')}`));
}

/** What is wrong with a parameter, or with a field of such a body. */
export function wrongParameter(path: readonly string[], detail: string): Problem {
  return { pointer: path.map((name) => `/${name}`).join(''), code: 'invalid_parameter', detail };
}
