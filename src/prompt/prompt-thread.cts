/**
 * What Piscina loads in a thread of the prompt pool. Piscina loads with require(), and a thread that is ended while require() loads an
 * ES module ends the process (V8: "Module::IsGraphAsync must be used on an instantiated module"; Node.js 20.20, two of about 1,000
 * pools that were closed while they started). import() can be broken off at any time.
 */
type PromptWorker = typeof import("./prompt-worker.js", { with: { "resolution-mode": "import" }});

const loading: Promise<PromptWorker> = import("./prompt-worker.js");
loading.catch(() => {}); // every task says why

type Name = keyof PromptWorker;

function whenLoaded<Task, Reply>(
  pick: (worker: PromptWorker) => (task: Task) => Reply,
): (task: Task) => Promise<Reply> {
  return async (task) => pick(await loading)(task);
}

const tasks = {
  prepare: whenLoaded(({ prepare }) => prepare),
  answerText: whenLoaded(({ answerText }) => answerText),
  prepareTexts: whenLoaded(({ prepareTexts }) => prepareTexts),
  describeModel: whenLoaded(({ describeModel }) => describeModel),
} satisfies Record<Name, unknown>;

module.exports = tasks;
