/**
 * What the documents say of an answer is what the handlers answer with: held by the compiler, in both directions. Where this does not
 * compile, the view and its schema differ.
 */
import { describe, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import type { ProblemDetails } from '../../../../functions/problem.ts';
import type { AccountView } from '../../../../shared/core/accountView.ts';
import type * as accountAnswers from '../../../../shared/core/api/accountAnswers.ts';
import type * as deadLetterAnswers from '../../../../shared/core/api/deadLetterAnswers.ts';
import type * as healthAnswers from '../../../../shared/core/api/healthAnswers.ts';
import type * as messageAnswers from '../../../../shared/core/api/messageAnswers.ts';
import type * as problemAnswers from '../../../../shared/core/api/problemAnswers.ts';
import type * as usageAnswers from '../../../../shared/core/api/usageAnswers.ts';
import type { AppRules } from '../../../../shared/core/appRules.ts';
import type { DeadLetterDetailView } from '../../../../shared/core/deadLetterView.ts';
import type { HealthView } from '../../../../shared/core/healthView.ts';
import type { Problem } from '../../../../shared/core/message.ts';
import type { MessageSummaryView, MessageView, OperationView } from '../../../../shared/core/messageView.ts';
import type { DayView } from '../../../../shared/core/usageView.ts';
import type { HistoryPage } from '../../../../shared/flows/closedDays.ts';
import type { DeadLetterPage } from '../../../../shared/flows/readDeadLetters.ts';
import type { MessagePage } from '../../../../shared/flows/readMessages.ts';
import type { RedriveReport } from '../../../../shared/flows/redriveDeadLetters.ts';
import type { UsageView } from '../../../../shared/flows/usage.ts';

/** Schemas know nothing of `readonly`, nor of an absent field that may also be undefined. */
type Plain<T> = T extends readonly (infer Item)[]
  ? Plain<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Plain<Exclude<T[Key], undefined>> }
    : T;
type Of<Schema extends z.ZodType> = Plain<z.output<Schema>>;
type Answers = typeof accountAnswers &
  typeof deadLetterAnswers &
  typeof healthAnswers &
  typeof messageAnswers &
  typeof problemAnswers &
  typeof usageAnswers;

describe('the schema of', () => {
  it('each answer is the type that its handler answers with', () => {
    expectTypeOf<Of<Answers['problemDetails']>['errors']>().toEqualTypeOf<Plain<readonly Problem[]>>();
    expectTypeOf<Omit<Of<Answers['problemDetails']>, 'type' | 'status' | 'code' | 'errors'>>().toEqualTypeOf<
      Plain<Omit<ProblemDetails, 'headers' | 'status' | 'code' | 'errors'>>
    >();
    expectTypeOf<Of<Answers['operation']>>().toEqualTypeOf<Plain<OperationView>>();
    expectTypeOf<Of<Answers['message']>>().toEqualTypeOf<Plain<MessageView>>();
    expectTypeOf<Of<Answers['messagePage']>>().toEqualTypeOf<Plain<MessagePage>>();
    expectTypeOf<Of<Answers['deadLetterPage']>>().toEqualTypeOf<Plain<DeadLetterPage>>();
    expectTypeOf<Of<Answers['deadLetter']>>().toEqualTypeOf<Plain<DeadLetterDetailView>>();
    expectTypeOf<Of<Answers['redriveReport']>>().toEqualTypeOf<Plain<RedriveReport>>();
    expectTypeOf<Of<Answers['usage']>>().toEqualTypeOf<Plain<UsageView>>();
    expectTypeOf<Of<Answers['closedDay']>>().toEqualTypeOf<Plain<DayView>>();
    expectTypeOf<Of<Answers['usageHistory']>>().toEqualTypeOf<Plain<HistoryPage>>();
    expectTypeOf<Of<Answers['account']>>().toEqualTypeOf<Plain<AccountView>>();
    expectTypeOf<Of<Answers['app']>>().toEqualTypeOf<Plain<AppRules>>();
    expectTypeOf<Of<Answers['health']>>().toEqualTypeOf<Plain<HealthView>>();
  });

  it('one answer is not that of another: the comparison can fail', () => {
    expectTypeOf<Of<Answers['operation']>>().not.toEqualTypeOf<Plain<MessageSummaryView>>();
    expectTypeOf<Of<Answers['account']>>().not.toEqualTypeOf<Omit<Plain<AccountView>, 'pool'>>();
  });
});
