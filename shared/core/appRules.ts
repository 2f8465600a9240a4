/** What an operator has laid down for an app: through whom it may send, and how urgently at the most. */
import type { Priority } from './message.ts';

export interface AppRules {
  readonly name: string;
  /** Sender accounts and pools it may name in `from`, the default first; null: all of them. */
  readonly accounts: readonly string[] | null;
  /** Its recipients in a window at the most; null: no limit of its own. */
  readonly quotaPerDay: number | null;
  /** A more urgent message is sent at this priority; null: no bound. */
  readonly highestPriority: Priority | null;
}

const BY_URGENCY: readonly Priority[] = ['critical', 'normal', 'bulk'];

/** The message's priority, or the highest that the app may have. */
export function boundPriority(rules: AppRules | null, priority: Priority): Priority {
  const highest = rules?.highestPriority ?? 'critical';
  return BY_URGENCY[Math.max(BY_URGENCY.indexOf(priority), BY_URGENCY.indexOf(highest))]!;
}

/** What the message is sent from: its own wish, or the app's default. */
export function wishedSender(rules: AppRules | null, sender: string | null): string | null {
  return sender ?? rules?.accounts?.[0] ?? null;
}

export function maySend(rules: AppRules | null, sender: string): boolean {
  return rules?.accounts?.some((name) => name.toLowerCase() === sender.toLowerCase()) ?? true;
}
