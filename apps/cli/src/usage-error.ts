/** The command line names something that cannot be used; the message is one sentence with the remedy. */
export class UsageError extends Error {}
