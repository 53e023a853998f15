/*
 * The attach driver: a stack that somebody else started, and will end. Its
 * stack file says where the services answer; nothing is started or stopped.
 *
 * It is only read, unless --change-my-stack is given: then actions run, as
 * commands of the user on this machine, and services are not put back as they
 * were. Databases are opened in read-only transactions until then.
 */
#ifndef STACK_ATTACH_H
#define STACK_ATTACH_H

#include "stack/driver.h"

extern const struct stack_driver stack_driver_attach;

#endif
