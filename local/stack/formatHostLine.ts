/** time, level, function or `host`, maybe the invocation, text: as local/host/log.ts writes them. */
const ENTRY = /^\d{4}-\d{2}-\d{2}T(\d{2}:\d{2}:\d{2})\.\d{3}Z (\w+) +(\S+)(?: [0-9a-f-]{36})? (.*)$/;
/** The fields behind a text, for Application Insights. They repeat what the text says. */
const FIELDS = / \{"\w+":.*\}$/;
/** The rest is in the message's record. */
const SHOWN_LENGTH = 400;

/** A host's line for the terminal: which host, when, in which function; the level where it is not the usual one. */
export function formatHostLine(host: number, hostCount: number, line: string): string {
  const label = hostCount > 1 ? `host ${host}` : 'app';
  const match = ENTRY.exec(line);
  if (match === null) return `${label} | ${cut(line)}`;
  const [, time, level = '', where, text = ''] = match;
  const mark = level === 'info' ? '' : `${level.toUpperCase()} `;
  return `${label} | ${time} ${where}: ${mark}${cut(text)}`;
}

function cut(line: string): string {
  const text = line.replace(FIELDS, '');
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
}
