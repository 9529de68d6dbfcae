const interruptedExitCode = 130;

/** One Ctrl-C may come twice: from the terminal, and from npm, which hands its own on. */
const sameSignalMilliseconds = 300;

/** Resolves at the first SIGTERM or SIGINT. The second one ends the process at once. */
export function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let firstAt: number | null = null;
    const onSignal = (signal: NodeJS.Signals): void => {
      const now = performance.now();
      if (firstAt !== null && now - firstAt > sameSignalMilliseconds) process.exit(interruptedExitCode);
      firstAt ??= now;
      resolve(signal);
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}
