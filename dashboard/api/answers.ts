/** What the API answers: the very types that the app makes its answers of. */
export type { AccountView } from '../../shared/core/accountView.ts';
export type { DeadLetterDetailView, DeadLetterView } from '../../shared/core/deadLetterView.ts';
export type { MessageSummaryView, MessageView, OperationView } from '../../shared/core/messageView.ts';
export type { DayView, PastDayView } from '../../shared/core/usageView.ts';
export type { HealthView } from '../../shared/core/healthView.ts';
export type { RedriveReport } from '../../shared/flows/redriveDeadLetters.ts';
export type { UsageView } from '../../shared/flows/usage.ts';

/** Every list of the API. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Where the next page begins. */
  readonly cursor?: string;
}
