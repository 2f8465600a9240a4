/**
 * The page at work: one state, drawn anew whenever it changes; what a view needs is read, and read again while somebody looks.
 * An answer that fails leaves the one before in place, and the view says from when it is.
 */
import type { Answer, ApiClient } from '../api/client.ts';
import type { OperatorKey } from '../api/operatorKey.ts';
import type { TimeWords } from '../words/times.ts';
import type { Need } from './needs.ts';
import { needsOf, PATHS } from './needs.ts';
import type { Route } from './route.ts';
import { hashOf } from './route.ts';
import type { Kept, Reading } from './reading.ts';
import { readingOf } from './reading.ts';
import type { Actions, Outcome, Scene, State } from './state.ts';

export interface App {
  /** The address has changed. */
  arrive(route: Route): void;
  /** Time has passed: reads what is no longer fresh. Nothing while nobody looks. */
  tick(): void;
}

/** Answers that are kept for going back to; more are forgotten, the oldest first. */
const ANSWERS_KEPT = 40;

const START: Omit<State, 'now' | 'route' | 'hasKey'> = {
  access: 'open',
  isPaused: false,
  answers: new Map(),
  dialog: null,
  notice: null,
  ticked: new Set(),
  scope: 'tenant',
  content: null,
  recipients: { text: '', shown: 50 },
};

export function makeApp(deps: {
  client: ApiClient;
  key: OperatorKey;
  times: TimeWords;
  now: () => number;
  isHidden: () => boolean;
  route: Route;
  setHash: (hash: string) => void;
  draw: (scene: Scene) => void;
}): App {
  const { client, key, times, now, isHidden, setHash, draw } = deps;
  let state: State = { ...START, now: now(), route: deps.route, hasKey: key.read() !== null };

  /** Another for each key, and each time the API lets nobody in: what was asked for before is not shown. */
  let keyNumber = 0;

  const read = <Value>(path: string): Reading<Value> => readingOf<Value>(state.answers.get(path));

  function change(part: Partial<State>): void {
    state = { ...state, ...part, now: now() };
    draw({ state, times, read, actions });
  }

  function keep(path: string, kept: Kept): void {
    const answers = new Map(state.answers);
    answers.delete(path);
    answers.set(path, kept);
    for (const old of answers.keys()) {
      if (answers.size <= ANSWERS_KEPT) break;
      answers.delete(old);
    }
    state = { ...state, answers };
  }

  async function load(path: string): Promise<void> {
    const before = state.answers.get(path);
    if (before?.isLoading) return;
    const asked = { askedAt: now(), isLoading: true };
    keep(path, { value: null, at: null, problem: null, ...before, ...asked });
    const askedWith = keyNumber;
    const answer = await client.get<unknown>(path);
    if (askedWith !== keyNumber) return;
    const nothing = { value: null, at: null, problem: null };
    const kept: Kept = { ...(before ?? nothing), askedAt: asked.askedAt, isLoading: false };
    switch (answer.kind) {
      case 'ok':
        keep(path, { ...kept, value: answer.value, at: now(), problem: null });
        change({});
        return;
      case 'problem':
        keep(path, { ...kept, problem: answer.problem });
        change({});
        return;
      case 'denied':
        deny(answer);
    }
  }

  /** Nothing is shown any more, nor what was asked for before comes after it. */
  function deny({ denial }: Extract<Answer<unknown>, { kind: 'denied' }>): void {
    const key = state.hasKey ? 'wrongKey' : 'key';
    shut(denial === 'signIn' ? 'signIn' : key);
  }

  function shut(access: State['access']): void {
    keyNumber++;
    change({ access, answers: new Map(), content: null, dialog: null });
  }

  function isDue({ path, everyMs }: Need): boolean {
    const kept = state.answers.get(path);
    if (kept === undefined) return true;
    return !kept.isLoading && !state.isPaused && now() - kept.askedAt >= everyMs;
  }

  function tick(): void {
    if (isHidden() || state.access !== 'open') return;
    const due = needsOf(state.route, read).filter(isDue);
    for (const { path } of due) void load(path);
    if (state.content) {
      const path = PATHS.payload(state.content.id);
      if (!state.answers.has(path)) void load(path);
    }
  }

  async function runDialog(text: string): Promise<void> {
    const { dialog } = state;
    if (!dialog?.run || dialog.isBusy) return;
    change({ dialog: { ...dialog, isBusy: true, problem: null } });
    settle(await dialog.run(text));
  }

  function settle(outcome: Outcome): void {
    const { dialog } = state;
    switch (outcome.kind) {
      case 'done':
        change({ dialog: null, notice: { tone: 'good', text: outcome.notice } });
        actions.refresh();
        return;
      case 'tell':
        change({ dialog: outcome.dialog });
        actions.refresh();
        return;
      case 'problem':
        if (dialog) change({ dialog: { ...dialog, isBusy: false, problem: outcome.problem } });
        return;
      case 'denied':
        change({ dialog: null });
    }
  }

  const actions: Actions = {
    change,
    go: (route) => setHash(hashOf(route)),
    setQuery(query) {
      const { route } = state;
      if (route.view === 'messages' || route.view === 'deadLetters') setHash(hashOf({ ...route, query }));
    },
    refresh() {
      for (const { path } of needsOf(state.route, read)) void load(path);
    },
    load,
    giveKey(given) {
      key.keep(given);
      shut('open');
      change({ hasKey: true });
      tick();
    },
    forgetKey() {
      key.forget();
      shut('key');
      change({ hasKey: false });
    },
    ask: (dialog) => change({ dialog, notice: null }),
    closeDialog: () => change({ dialog: null }),
    confirmDialog: (text) => void runDialog(text),
    async post(path, body) {
      const answer = await client.post<never>(path, body);
      if (answer.kind === 'denied') deny(answer);
      return answer;
    },
  };

  return {
    arrive(route) {
      const { content, recipients } = START;
      change({ route, content, recipients, notice: null, dialog: null, ticked: new Set() });
      tick();
    },
    tick,
  };
}
