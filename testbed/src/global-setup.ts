import { programs, requireProgram } from './program.js';

/**
 * Runs once before all tests: what a machine lacks is installed here, and not by several tests at once.
 *
 * @throws Error naming the program that is missing
 */
export function setup(): void {
  for (const name of programs) requireProgram(name);
}
