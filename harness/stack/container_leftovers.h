/*
 * What a run has with a container engine: containers, networks, volumes, all
 * with the label bis.run=TOKEN, so nothing that isn't its own is ever touched.
 * Images that were built are kept under bis-cache/ for the next run.
 */
#ifndef STACK_CONTAINER_LEFTOVERS_H
#define STACK_CONTAINER_LEFTOVERS_H

#include "stack/private_folder.h"

#include <stddef.h>

/* Removes what the state names: 0 also where it names no engine; -1 where the
 * engine does not answer, or something is still there. */
int container_leftovers_remove(const struct folder_state *state,
			       struct error *err);

/* Removes every image under bis-cache/; how many. ERROR_UNAVAILABLE: there is
 * no engine that answers. */
int container_images_remove(size_t *ret_images, struct error *err);

#endif
