/**
 * EX_TEMPFAIL of sysexits.h: what was asked for did not fail by itself, and may do better later. Launchers end with it for us; pods that
 * found no room, and jobs that lost a node, end with it by our own scripts.
 */
export const tempFail = 75
