/** Where everything about webhooks is kept. */
export const collection = 'webhooks';
