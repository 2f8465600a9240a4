/** What a person or the app does to a message that is recorded: cancel, release, redrive. */
import type { HttpHandler, HttpResponseInit } from '@azure/functions';
import { isMessageId } from '../shared/core/messageId.ts';
import type { CancelMessage } from '../shared/flows/cancelMessage.ts';
import type { Redrive } from '../shared/flows/redrive.ts';
import { whyNot } from '../shared/flows/redriveDeadLetters.ts';
import type { ReleaseHeld } from '../shared/flows/releaseHeld.ts';
import { answerHttp } from './answerHttp.ts';
import type { UseMailer } from './app.ts';
import { json, notFound, problem } from './problem.ts';

/** `POST /api/messages/{id}/cancel`: 202 with how many deliveries were stopped, and how many were on their way. */
export function makeCancelMessage(useMailer: UseMailer<{ cancelMessage: CancelMessage }>): HttpHandler {
  return onMessage(useMailer, async ({ cancelMessage }, id) => {
    const cancellation = await cancelMessage(id);
    switch (cancellation.kind) {
      case 'missing':
        return null;
      case 'final':
        return conflict(
          'final',
          `${id} is final: there is nothing left to stop; GET /api/messages/${id} says how it ended`,
        );
      case 'canceled': {
        const { stopped, onTheirWay } = cancellation;
        return json(202, { id, stopped, onTheirWay });
      }
    }
  });
}

/** `POST /api/messages/{id}/release`: 202; what was held goes on. */
export function makeReleaseMessage(useMailer: UseMailer<{ releaseHeld: ReleaseHeld }>): HttpHandler {
  return onMessage(useMailer, async ({ releaseHeld }, id) => {
    const released = await releaseHeld(id);
    switch (released.kind) {
      case 'missing':
        return null;
      case 'wrongState':
        return conflict('wrong_state', `${id} is ${released.status}; only what is held can be released`);
      case 'going':
        return json(202, { id, deliveries: released.deliveries });
    }
  });
}

/** `POST /api/messages/{id}/redrive`: 202; what was given up goes again, to those who have not got it. */
export function makeRedriveMessage(useMailer: UseMailer<{ redrive: Redrive }>): HttpHandler {
  return onMessage(useMailer, async ({ redrive }, id) => {
    const redriven = await redrive(id);
    if (redriven.kind === 'missing') return null;
    if (redriven.kind === 'going') return json(202, { id, deliveries: redriven.deliveries });
    const { code, detail } = whyNot(redriven);
    const errors = redriven.kind === 'stillRejected' ? redriven.problems : [];
    return problem({ status: 409, code, title: WRONG_STATE, detail: `${id}: ${detail}`, errors });
  });
}

const WRONG_STATE = 'The message is not in a state for this';

function conflict(code: 'final' | 'wrong_state', detail: string): HttpResponseInit {
  return problem({ status: 409, code, title: WRONG_STATE, detail });
}

/** Null from `act`: there is no such message. */
function onMessage<Mailer>(
  useMailer: UseMailer<Mailer>,
  act: (mailer: Mailer, id: string) => Promise<HttpResponseInit | null>,
): HttpHandler {
  return answerHttp(async (request) => {
    const id = request.params['id'] ?? '';
    const mailer = await useMailer();
    return (isMessageId(id) ? await act(mailer, id) : null) ?? notFound(`message ${id}`);
  });
}
