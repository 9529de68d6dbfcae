/**
 * What makes a function a step of the store. Here a step is synchronous, so nothing comes between what it reads and what it writes.
 *
 * In a database: one statement, script or transaction, which locks what it reads. A deadline that the store keeps itself turns a missing answer
 * into `store_unavailable`; so does every error of the driver.
 */
import { PawlError } from 'pawl';

/** Gives the step of a function. */
export type Step = <Args extends readonly unknown[], Value>(
  work: (...args: Args) => Value,
) => (...args: Args) => Promise<Value>;

/** Steps that are refused as soon as `isClosed` says so. */
export function stepsUntil(isClosed: () => boolean): Step {
  return (work) =>
    async (...args) => {
      if (isClosed()) throw new PawlError('store_unavailable', 'the store is closed');
      return work(...args);
    };
}
