export interface MediaType {
  /** `type/subtype`. */
  readonly type: string;
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

/** What says nothing of its content. */
export const UNKNOWN_TYPE: MediaType = { type: 'application/octet-stream', parameters: [] };

const TYPE = /^ *([A-Za-z0-9!#$&^_.+-]{1,127}\/[A-Za-z0-9!#$&^_.+-]{1,127}) *(?=;|$)/;
const PARAMETER = /; *([A-Za-z0-9!#$&^_.+*-]+) *= *(?:([A-Za-z0-9!#$&^_.+*-]+)|"([^"\\]*)") */y;

/** RFC 2045 section 5.1. The unknown type where it is none; parameters end where they make no sense any more. */
export function parseMediaType(text: string): MediaType {
  const head = TYPE.exec(text);
  if (head === null) return UNKNOWN_TYPE;
  const parameters: [string, string][] = [];
  PARAMETER.lastIndex = head[0].length;
  for (let match = PARAMETER.exec(text); match !== null; match = PARAMETER.exec(text)) {
    parameters.push([match[1]!, match[2] ?? match[3]!]);
  }
  return { type: head[1]!, parameters };
}
