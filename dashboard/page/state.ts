/** All that the page knows; views are functions of it. */
import type { Answer, ApiProblem } from '../api/client.ts';
import type { TimeWords } from '../words/times.ts';
import type { Child } from './element.ts';
import type { Kept, Reading } from './reading.ts';
import type { Query, Route } from './route.ts';

/** `open`: nothing stands in the way, as far as is known. */
export type Access = 'open' | 'key' | 'wrongKey' | 'signIn';

export interface Notice {
  readonly tone: 'good' | 'bad';
  readonly text: string;
}

/** A question before something is done, or what came of it. */
export interface Dialog {
  readonly title: string;
  readonly body: readonly Child[];
  /** What a text may be asked for. */
  readonly input?: { readonly label: string; readonly hint: string; readonly maxLength: number };
  /** null: there is nothing to confirm, only to read. */
  readonly confirm: { readonly label: string; readonly isGrave: boolean } | null;
  /** What confirming does; what it says is the notice, or the next dialog. */
  readonly run?: (text: string) => Promise<Outcome>;
  readonly isBusy?: boolean;
  readonly problem?: ApiProblem | null;
}

export type Outcome =
  | { readonly kind: 'done'; readonly notice: string }
  | { readonly kind: 'tell'; readonly dialog: Dialog }
  | { readonly kind: 'problem'; readonly problem: ApiProblem }
  | { readonly kind: 'denied' };

/** A message's content, which is read only when somebody wants to see it. */
export type ContentTab = 'html' | 'text' | 'source';

export interface State {
  readonly now: number;
  readonly route: Route;
  readonly access: Access;
  readonly hasKey: boolean;
  readonly isPaused: boolean;
  readonly answers: ReadonlyMap<string, Kept>;
  readonly dialog: Dialog | null;
  readonly notice: Notice | null;
  /** Dead letters that are ticked. */
  readonly ticked: ReadonlySet<string>;
  /** The scope that the charts show. */
  readonly scope: string;
  /** The message whose content is shown, and how. */
  readonly content: { readonly id: string; readonly tab: ContentTab } | null;
  /** Which recipients of the message are shown. */
  readonly recipients: { readonly text: string; readonly shown: number };
}

/** What views are given: the state, words for times, and what may be done. */
export interface Scene {
  readonly state: State;
  readonly times: TimeWords;
  read<Value>(path: string): Reading<Value>;
  readonly actions: Actions;
}

export interface Actions {
  change(part: Partial<State>): void;
  go(route: Route): void;
  setQuery(query: Query): void;
  refresh(): void;
  /** Reads it now, whatever the view needs. */
  load(path: string): Promise<void>;
  giveKey(key: string): void;
  forgetKey(): void;
  ask(dialog: Dialog): void;
  closeDialog(): void;
  confirmDialog(text: string): void;
  post<Value>(path: string, body?: object): Promise<Answer<Value>>;
}
