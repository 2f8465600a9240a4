import { randomBytes, randomUUID } from 'node:crypto';
import type { FunctionsCore, RegisteredFunction } from './functionsCore.ts';
import { errorText } from './log.ts';
import type { Log } from './log.ts';
import type { CoreInvocationContext, InvocationResponse, TypedData } from './rpc.ts';

/** What a trigger hands to an invocation. */
export interface TriggerInput {
  readonly data: TypedData;
  readonly metadata: Readonly<Record<string, TypedData>>;
  /** W3C trace context of the caller, where there is one. */
  readonly traceParent?: string;
  readonly traceState?: string;
  /** Why it runs, for the log: `queue message …`. */
  readonly reason: string;
}

export type InvocationResult =
  | { readonly ok: true; readonly response: InvocationResponse }
  | { readonly ok: false; readonly error: unknown };

export interface Invoker {
  /** Runs a function once; never rejects. */
  invoke(fn: RegisteredFunction, input: TriggerInput): Promise<InvocationResult>;
  /** How many invocations run now. */
  running(): number;
  /** Settles when none runs any more. */
  idle(): Promise<void>;
}

export interface InvokerOptions {
  readonly core: FunctionsCore;
  readonly log: Log;
  /** undefined: no limit. */
  readonly functionTimeoutMs: number | undefined;
  /** Called once when an invocation outlives the limit; the host then ends with all that runs in it, as in Azure. */
  readonly onTimeout: (functionName: string, invocationId: string) => void;
}

/** Runs functions the way the Node worker does: arguments, preInvocation hooks, handler, postInvocation hooks, response. */
export function createInvoker({ core, log, functionTimeoutMs, onTimeout }: InvokerOptions): Invoker {
  const running = new Set<Promise<InvocationResult>>();

  async function run(fn: RegisteredFunction, input: TriggerInput): Promise<InvocationResult> {
    const invocationId = randomUUID();
    const functionName = fn.metadata.name;
    const tell = (level: 'debug' | 'error', message: string): void =>
      log({ level, functionName, invocationId, message });
    tell('debug', `started: ${input.reason}`);
    const deadline =
      functionTimeoutMs === undefined
        ? undefined
        : setTimeout(() => onTimeout(functionName, invocationId), functionTimeoutMs);
    try {
      const response = await runOnce(core, log, fn, input, invocationId);
      tell('debug', 'succeeded');
      return { ok: true, response };
    } catch (error) {
      tell('error', `failed (${input.reason}): ${errorText(error)}`);
      return { ok: false, error };
    } finally {
      clearTimeout(deadline);
    }
  }

  return {
    invoke: async (fn, input) => {
      const invocation = run(fn, input);
      running.add(invocation);
      try {
        return await invocation;
      } finally {
        running.delete(invocation);
      }
    },
    running: () => running.size,
    idle: async () => {
      while (running.size > 0) await Promise.all(running);
    },
  };
}

async function runOnce(
  core: FunctionsCore,
  log: Log,
  fn: RegisteredFunction,
  input: TriggerInput,
  invocationId: string,
): Promise<InvocationResponse> {
  const model = core.programmingModel();
  if (model === undefined) throw new Error('The app has set no programming model.');
  const functionName = fn.metadata.name;
  let context: unknown;
  const coreContext: CoreInvocationContext = {
    invocationId,
    metadata: fn.metadata,
    request: {
      invocationId,
      inputData: [{ name: triggerName(fn), data: input.data }],
      triggerMetadata: input.metadata,
      traceContext: {
        traceParent: input.traceParent ?? newTraceParent(),
        traceState: input.traceState ?? '',
      },
    },
    log: (level, category, message) => {
      const entry = core.runLogHooks({ level, message, category, invocationContext: context });
      log({ ...entry, functionName, invocationId });
    },
  };
  const invocation = model.getInvocationModel(coreContext);
  const args = await invocation.getArguments();
  context = args.context;

  // The same object for both hooks: a preInvocation hook leaves things in hookData for its postInvocation hook.
  const shared = { hookData: {}, invocationContext: context };
  const before = { ...shared, inputs: args.inputs, functionCallback: fn.callback };
  coreContext.state = 'preInvocationHooks';
  await core.runHooks('preInvocation', before);

  const after: Record<string, unknown> = {
    ...shared,
    inputs: before.inputs,
    result: undefined,
    error: undefined,
  };
  coreContext.state = 'invocation';
  try {
    after['result'] = await invocation.invokeFunction(context, before.inputs, before.functionCallback);
  } catch (error) {
    after['error'] = error ?? new Error('The function threw nothing.');
  }
  coreContext.state = 'postInvocationHooks';
  await core.runHooks('postInvocation', after);
  if (after['error'] !== undefined && after['error'] !== null) throw after['error'];
  return invocation.getResponse(context, after['result']);
}

/** The name of the function's trigger binding. */
export function triggerName(fn: RegisteredFunction): string {
  const found = Object.entries(fn.metadata.bindings).find(([, binding]) => /trigger$/i.test(binding.type));
  if (found === undefined) throw new Error(`The function "${fn.metadata.name}" has no trigger.`);
  return found[0];
}

/** https://www.w3.org/TR/trace-context/#traceparent-header */
function newTraceParent(): string {
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
}
