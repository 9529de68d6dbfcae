/**
 * The store in the memory of one process: the executable specification of the port.
 *
 * @module pawl/stores/memory
 */
export { createMemoryStore } from './store.js';
