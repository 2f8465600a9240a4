/** Every operation in words, by the names of operations.ts: an operation without its words does not compile. */
import { accountTexts } from './accountTexts.ts';
import { deadLetterTexts } from './deadLetterTexts.ts';
import { messageTexts } from './messageTexts.ts';
import type { OperationText } from './operationText.ts';
import type { OperationName } from './operations.ts';
import { serviceTexts } from './serviceTexts.ts';
import { usageTexts } from './usageTexts.ts';

export const OPERATION_TEXTS: Readonly<Record<OperationName, OperationText>> = {
  ...messageTexts,
  ...deadLetterTexts,
  ...usageTexts,
  ...accountTexts,
  ...serviceTexts,
};
