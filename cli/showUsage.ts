/** The quota as bars against the limits, and the hourly curve of the tenant. */
import type { ScopeUsage, Usage } from './answers.ts';
import { displayWidth, padToWidth } from './displayWidth.ts';
import type { Colour } from './paint.ts';
import { barOf } from './progress.ts';
import { safeText } from './safeText.ts';
import { shortTime, showNumber, type Screen } from './screen.ts';

const BAR_AT_MOST = 40;
const BAR_AT_LEAST = 10;
/** From there on somebody should look; the alerts do the same. */
const WARN_SHARE = 0.8;
const FULL_SHARE = 0.95;

export function showUsage(screen: Screen, usage: Usage): void {
  if (screen.format === 'plain') {
    showPlain(screen, usage);
    return;
  }
  const { window, scopes, cost } = usage;
  const title =
    window === null
      ? `${safeText(usage.day ?? '')} (${safeText(usage.timeZone ?? '')}), closed: ${showNumber(usage.messages ?? 0)} messages, ${showNumber(usage.accepted ?? 0)} recipients accepted`
      : `${safeText(window.day)} (${safeText(window.timeZone)}, ${safeText(window.kind)} window), ends ${shortTime(safeText(window.endsAt))}`;
  screen.line(screen.paint('bold', title));
  screen.line('');
  const nameWidth = Math.max(0, ...scopes.map(({ scope }) => displayWidth(safeText(scope))));
  for (const scope of scopes) showScope(screen, scope, nameWidth);
  const curve = scopes.find(({ scope }) => scope === 'tenant')?.byHour ?? [];
  if (curve.length > 0) showCurve(screen, curve, window?.startsAt ?? null);
  if (cost.amount > 0) screen.line(`Cost ${cost.amount.toFixed(2)} ${safeText(cost.currency)}`);
}

function showScope(screen: Screen, scope: ScopeUsage, nameWidth: number): void {
  const { limit, used, leased = 0, waiting = 0 } = scope;
  const share = limit === null ? 0 : limit === 0 ? 1 : used / limit;
  const figures =
    limit === null ? `${showNumber(used)}, no limit` : `${showNumber(used)} of ${showNumber(limit)}`;
  const percent = limit === null || limit === 0 ? '' : ` (${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %)`;
  const barColumns = Math.max(BAR_AT_LEAST, Math.min(BAR_AT_MOST, screen.columns() - nameWidth - 32));
  const bar = limit === null ? ' '.repeat(barColumns) : barOf(share, barColumns, screen.hasBlocks);
  const name = padToWidth(safeText(scope.scope), nameWidth);
  screen.line(`${name}  ${screen.paint(colourOfShare(share), bar)}  ${figures}${percent}`);
  const more = [
    ...(waiting > 0 ? [`${showNumber(waiting)} wait`] : []),
    // Of what has no limit nothing is taken away by it.
    ...(leased > 0 && limit !== null ? [`${showNumber(leased)} leased (taken in advance)`] : []),
    ...reached(scope),
  ];
  if (more.length > 0) screen.line(`${' '.repeat(nameWidth)}  ${screen.paint('dim', more.join(', '))}`);
}

/** Nothing where the window ends before; of a limit that is used up no time, as it is the one of the question. */
function reached({ limit, used, forecast }: ScopeUsage): readonly string[] {
  if (limit !== null && used >= limit) return ['the limit is reached'];
  if (typeof forecast?.reachedAt !== 'string') return [];
  return [`at this pace the limit is reached ${shortTime(safeText(forecast.reachedAt))}`];
}

function colourOfShare(share: number): Colour {
  if (share >= FULL_SHARE) return 'red';
  return share >= WARN_SHARE ? 'yellow' : 'green';
}

const CURVE_ROWS = 5;
const LEVELS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
const HOUR_COLUMNS = 2;
const LABEL_EVERY_HOURS = 3;

/** Recipients by hour, two columns an hour; under every third its hour of the day. */
function showCurve(screen: Screen, byHour: readonly number[], startsAt: string | null): void {
  const most = Math.max(...byHour);
  screen.line('');
  screen.line(`Recipients by hour, ${showNumber(most)} in the busiest`);
  if (most > 0) {
    for (let row = CURVE_ROWS - 1; row >= 0; row -= 1) {
      const cells = byHour.map((n) =>
        cellOf((n / most) * CURVE_ROWS - row, n > 0 && row === 0, screen.hasBlocks),
      );
      screen.line(screen.paint('cyan', cells.map((cell) => cell.repeat(HOUR_COLUMNS)).join('')).trimEnd());
    }
  }
  // A calendar day begins at midnight in its zone; only a rolling window does not, and is counted from now.
  const isDay = byHour.length <= 25;
  const labels = byHour.map((_n, hour) => {
    if (hour % LABEL_EVERY_HOURS !== 0) return ' '.repeat(HOUR_COLUMNS);
    return isDay ? String(hour).padStart(2, '0') : String(hour - byHour.length + 1).padStart(HOUR_COLUMNS);
  });
  screen.line(screen.paint('dim', labels.join('')));
  if (startsAt !== null && !isDay) screen.line(screen.paint('dim', 'hours back from now'));
}

/** `height` of a row that is 1 high, to the eighth; `isSome`: at least a trace is seen. */
function cellOf(height: number, isSome: boolean, hasBlocks: boolean): string {
  const eighths = Math.max(isSome ? 1 : 0, Math.min(8, Math.round(height * 8)));
  if (!hasBlocks) return eighths >= 4 || isSome ? '#' : ' ';
  return LEVELS[Math.max(0, eighths)] ?? ' ';
}

function showPlain(screen: Screen, { scopes }: Usage): void {
  screen.table<ScopeUsage>(
    [
      { title: 'Scope', of: ({ scope }) => scope },
      { title: 'Limit', of: ({ limit }) => limit },
      { title: 'Used', of: ({ used }) => used },
      { title: 'Leased', of: ({ leased = null }) => leased },
      { title: 'Remaining', of: ({ remaining = null }) => remaining },
      { title: 'Waiting', of: ({ waiting = null }) => waiting },
      { title: 'Reached at', of: ({ forecast }) => forecast?.reachedAt ?? null },
      { title: 'By hour', of: ({ byHour }) => (byHour ?? []).join(',') },
    ],
    scopes,
    '',
  );
}
