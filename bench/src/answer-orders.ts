/**
 * Answers each order of the parent with one report. An order that fails ends the process, which the parent notices; so does the end of
 * the parent, without whom nobody would ever stop it.
 */
export function answerOrders(obey: (order: never) => Promise<object>): void {
  // What the parent sends is typed where it is sent.
  process.on('message', (order: unknown) => {
    obey(order as never).then(
      (report) => process.send?.(report),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
  process.on('disconnect', () => process.exit());
}
