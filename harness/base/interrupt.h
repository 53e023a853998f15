/*
 * The one global: the signal that asked us to stop. Long loops look at it;
 * waits in base/subprocess end early when it is set.
 */
#ifndef BASE_INTERRUPT_H
#define BASE_INTERRUPT_H

/* SIGINT, SIGTERM and SIGHUP set the flag from now on; SIGPIPE is ignored. */
void interrupt_install(void);
/* The signal's number, or 0. */
int interrupt_signal(void);
void interrupt_clear(void);

#endif
