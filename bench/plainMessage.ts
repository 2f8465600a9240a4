import type { Message } from '../shared/core/message.ts';
import { parseMessage } from '../shared/core/messageSchema.ts';

/** What a message is whose producer says as little as it may, but for what is given. */
export function plainMessage(overrides: Partial<Message> = {}): Message {
  const parsed = parseMessage({ to: 'ann@contoso.com', subject: 'Subject', text: 'Hello' }, { now: 0 });
  if (!parsed.ok) throw new Error(`the schema refuses a plain message: ${JSON.stringify(parsed.problems)}`);
  return { ...parsed.message, ...overrides };
}
