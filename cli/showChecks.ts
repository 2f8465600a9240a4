/** Findings, in the order from cause to effect: what is wrong comes with cause, remedy and the command to run. */
import type { Check } from './answers.ts';
import { colourOf } from './paint.ts';
import { safeText } from './safeText.ts';
import type { Screen } from './screen.ts';

const MARKS = { ok: '✓', degraded: '!', failing: '✗' } as const;

export function showChecks(screen: Screen, checks: readonly Check[]): void {
  if (screen.format === 'plain') {
    screen.table<Check>(
      [
        { title: 'Status', of: ({ status }) => status },
        { title: 'Name', of: ({ name }) => name },
        { title: 'Detail', of: ({ detail }) => detail },
        { title: 'Cause', of: ({ cause }) => cause },
        { title: 'Remedy', of: ({ remedy }) => remedy },
        { title: 'Command', of: ({ command }) => command },
      ],
      checks,
      '',
    );
    return;
  }
  for (const { name, status, detail, cause, remedy, command } of checks) {
    const mark = screen.paint(colourOf(status), screen.hasBlocks ? MARKS[status] : status);
    screen.line(
      `${mark} ${safeText(name)}${detail === null ? '' : screen.paint('dim', `  ${safeText(detail)}`)}`,
    );
    if (status === 'ok') continue;
    screen.facts([
      { label: '  Cause', value: cause, colour: colourOf(status) },
      { label: '  Remedy', value: remedy, colour: 'bold' },
      { label: '  Run', value: command },
    ]);
  }
}
