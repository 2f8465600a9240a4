/** What an operation can answer instead of what it promises, by the table of codes. Pure. */
import type { JsonObject } from './components.ts';
import { HEADERS } from './operationText.ts';
import type { OperationText } from './operationText.ts';
import type { ApiOperation } from './operations.ts';
import { API_PROBLEMS } from './problemCodes.ts';
import type { ApiProblemCode } from './problemCodes.ts';

/** What an operation can answer instead, by status. */
export function problemsByStatus(
  { access, method }: Pick<ApiOperation, 'access' | 'method'>,
  { problems }: Pick<OperationText, 'problems'>,
): Map<string, ApiProblemCode[]> {
  const guard: ApiProblemCode[] =
    access === 'anyone'
      ? []
      : [
          'not_signed_in',
          'role_missing',
          ...(method === 'GET' ? [] : (['forgeable_request'] as const)),
          'sign_in_off',
        ];
  const all = [...problems, ...guard, 'defect', 'configuration', 'unavailable', 'newer_version'] as const;
  const byStatus = Map.groupBy(all, (code) => String(API_PROBLEMS[code].status));
  return new Map([...byStatus].toSorted(([left], [right]) => Number(left) - Number(right)));
}

export function describeProblem(codes: readonly ApiProblemCode[], schema: JsonObject): JsonObject {
  const [first] = codes;
  const isLater = codes.some((code) => code === 'quota' || API_PROBLEMS[code].status === 503);
  return {
    description: codes.map((code) => `\`${code}\`: ${API_PROBLEMS[code].meaning}`).join(' '),
    ...(isLater ? { headers: { 'Retry-After': HEADERS['Retry-After'] } } : {}),
    content: {
      'application/problem+json': { schema, ...(first === undefined ? {} : { example: exampleOf(first) }) },
    },
  };
}

/** Where a single problem of that kind might be. */
const EXAMPLE_FIELDS: ReadonlyMap<ApiProblemCode, string> = new Map([
  ['invalid_message', 'subject'],
  ['invalid_query', 'day'],
  ['invalid_request', 'reason'],
  ['invalid_app', 'name'],
]);

function exampleOf(code: ApiProblemCode): JsonObject {
  const { status, meaning, remedy } = API_PROBLEMS[code];
  const field = EXAMPLE_FIELDS.get(code);
  return {
    type: 'about:blank',
    status,
    code,
    title: meaning,
    detail: remedy,
    errors: field === undefined ? [] : [{ pointer: `/${field}`, code: 'invalid_parameter', detail: remedy }],
  };
}
