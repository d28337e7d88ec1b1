/** Misfit: what is wrong with something that the kernel sent, in words. */

export const misfit = (text: string): Error => new Error(`The kernel sent ${text}`);
