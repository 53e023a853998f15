/*
 * A port of 127.0.0.1 that is ours for as long as we hold it: bound, but not
 * listening. Nobody else is given it, while a server that sets SO_REUSEADDR
 * (as they do, and as a container engine does) can bind and listen beside us,
 * also after a restart.
 */
#ifndef STACK_LOOPBACK_PORT_H
#define STACK_LOOPBACK_PORT_H

#include "base/error.h"

/* wanted 0: any. `service` is for the message where it is taken. */
int loopback_port_keep(int wanted, const char *service, int *ret_fd,
		       int *ret_port, struct error *err);

#endif
