import { describe, expect, it } from 'vitest';
import type { ScopeRow } from '../../../../shared/adapters/storage/quotaRows.ts';
import { EMPTY_ROW, fateOf, rowAfter } from '../../../../shared/adapters/storage/quotaRows.ts';
import type { QuotaScope } from '../../../../shared/core/rooms.ts';

const rows = (tenant: ScopeRow, app: ScopeRow = EMPTY_ROW): Map<QuotaScope, ScopeRow> =>
  new Map<QuotaScope, ScopeRow>([
    ['tenant', tenant],
    ['app:a', app],
  ]);
const changedBy = (row: ScopeRow, ...tokens: string[]): ScopeRow =>
  tokens.reduce((standing, token) => rowAfter(standing, {}, token), row);
const others = (count: number): string[] => Array.from({ length: count }, (_, n) => `other${n}`);

const BEFORE = changedBy(EMPTY_ROW, 'a', 'b');

describe('the fate of a transaction whose answer was lost', () => {
  it('is done where its token stands, under whatever others wrote since', () => {
    expect(fateOf('mine', rows(BEFORE), rows(changedBy(BEFORE, 'mine')))).toBe('done');
    expect(fateOf('mine', rows(BEFORE), rows(changedBy(BEFORE, 'mine', ...others(40))))).toBe('done');
  });

  it('is done where one of its rows still says so', () => {
    const standing = rows(changedBy(BEFORE, 'mine', ...others(500)), changedBy(EMPTY_ROW, 'mine'));
    expect(fateOf('mine', rows(BEFORE), standing)).toBe('done');
  });

  it('is not done where all that was written since is known, and it is not among that', () => {
    expect(fateOf('mine', rows(BEFORE), rows(BEFORE))).toBe('notDone');
    expect(fateOf('mine', rows(BEFORE), rows(changedBy(BEFORE, ...others(60))))).toBe('notDone');
    expect(fateOf('mine', rows(EMPTY_ROW), rows(changedBy(EMPTY_ROW, ...others(5))))).toBe('notDone');
  });

  it('is unknown where more was written since than a row remembers', () => {
    const full = changedBy(BEFORE, ...others(500));
    expect(fateOf('mine', new Map([['tenant', BEFORE]]), rows(full))).toBe('unknown');
    expect(fateOf('mine', new Map([['tenant', EMPTY_ROW]]), rows(full))).toBe('unknown');
  });
});
