import { Module } from 'node:module';
import { errorText } from './log.ts';
import type { Log } from './log.ts';
import type { FunctionCallback, FunctionMetadata, LogCategory, LogLevel, ProgrammingModel } from './rpc.ts';

export interface RegisteredFunction {
  readonly metadata: FunctionMetadata;
  readonly callback: FunctionCallback;
}

type HookCallback = (context: Record<string, unknown>) => unknown;
const HOOK_NAMES = ['appStart', 'appTerminate', 'preInvocation', 'postInvocation', 'log'] as const;
export type HookName = (typeof HOOK_NAMES)[number];

export interface FunctionsCore {
  /** What `require('@azure/functions-core')` gives. */
  readonly api: object;
  readonly functions: ReadonlyMap<string, RegisteredFunction>;
  programmingModel(): ProgrammingModel | undefined;
  /** Runs the hooks of that name in the order of their registration, each with the same context. */
  runHooks(name: Exclude<HookName, 'log'>, context: Record<string, unknown>): Promise<void>;
  /** Passes an entry through the app's log hooks, which may change its level and message. */
  runLogHooks(entry: {
    level: LogLevel;
    message: string;
    category: LogCategory;
    invocationContext?: unknown;
  }): {
    level: LogLevel;
    message: string;
  };
  /** From here on a registration is an error, as in Azure: what is registered later would never run. */
  endRegistration(): void;
}

/** The library asks for at least 4.28 of the host for `log`, 4.34 for log hooks. */
const HOST_VERSION = '4.1040.0';
const WORKER_VERSION = '3.11.0';

/** The module that only the Functions runtime supplies, and what the app has registered with it. */
export function createFunctionsCore(log: Log): FunctionsCore {
  const functions = new Map<string, RegisteredFunction>();
  const hooks = new Map<HookName, HookCallback[]>(HOOK_NAMES.map((name) => [name, []]));
  let model: ProgrammingModel | undefined;
  let registrationEnded = false;

  function registerFunction(metadata: FunctionMetadata, callback: FunctionCallback): Disposable {
    if (registrationEnded) throw systemError(Error, 'A function can only be registered during app startup.');
    if (functions.has(metadata.name)) {
      throw systemError(Error, `A function with name "${metadata.name}" has already been registered.`);
    }
    functions.set(metadata.name, { metadata, callback });
    return new Disposable(() => functions.delete(metadata.name));
  }

  function registerHook(name: string, callback: HookCallback): Disposable {
    const known = HOOK_NAMES.find((hook) => hook === name);
    if (known === undefined) throw systemError(RangeError, `Unrecognized hook "${name}"`);
    const callbacks = hooks.get(known) ?? [];
    callbacks.push(callback);
    return new Disposable(() => {
      const index = callbacks.indexOf(callback);
      if (index >= 0) callbacks.splice(index, 1);
    });
  }

  return {
    api: {
      version: WORKER_VERSION,
      hostVersion: HOST_VERSION,
      Disposable,
      setProgrammingModel: (chosen: ProgrammingModel) => {
        model = chosen;
      },
      getProgrammingModel: () => model,
      registerFunction,
      registerHook,
      log: (level: LogLevel, category: LogCategory, message: string) =>
        log({ level: category === 'user' ? level : quiet(level), message }),
    },
    functions,
    programmingModel: () => model,
    runHooks: async (name, context) => {
      for (const callback of hooks.get(name) ?? []) await callback(context);
    },
    runLogHooks: (entry) => {
      const context = { ...entry, hookData: {} };
      for (const callback of hooks.get('log') ?? []) {
        try {
          callback(context);
        } catch (error) {
          log({ level: 'error', message: `A log hook of the app failed: ${errorText(error)}` });
        }
      }
      return { level: context.level, message: context.message };
    },
    endRegistration: () => {
      registrationEnded = true;
    },
  };
}

/**
 * Lets `require('@azure/functions-core')` answer with this module, wherever in the process it is asked, as the
 * Node worker does. Must come before the app is loaded: the library asks once, and without an answer it is in test mode.
 */
export function supplyFunctionsCore(api: object): void {
  const requireModule: unknown = Reflect.get(Module.prototype, 'require');
  if (typeof requireModule !== 'function') throw new Error('This Node has no Module.prototype.require.');
  Module.prototype.require = function requireWithCore(this: Module, id: string): unknown {
    return id === '@azure/functions-core' ? api : Reflect.apply(requireModule, this, [id]);
  };
}

/** What a registration gives back; the library passes it on to the app. */
class Disposable {
  readonly #onDispose: () => unknown;

  constructor(onDispose: () => unknown) {
    this.#onDispose = onDispose;
  }

  static from(...items: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => items.forEach((item) => item.dispose()));
  }

  dispose(): unknown {
    return this.#onDispose();
  }
}

/** The library tells the runtime's errors from the app's by this mark. */
function systemError(Kind: new (message: string) => Error, message: string): Error {
  return Object.assign(new Kind(message), { isAzureFunctionsSystemError: true });
}

/** What the library says about itself is of interest only when it is trouble. */
function quiet(level: LogLevel): LogLevel {
  return level === 'information' ? 'debug' : level;
}
