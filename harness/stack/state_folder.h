/*
 * A state folder of a service, kept and put back. Models are large and are
 * written once: what nobody touched since it was kept (same inode, size and
 * time of change, which no program can set) stays where it is, so putting
 * back costs what was changed, not what is there.
 */
#ifndef STACK_STATE_FOLDER_H
#define STACK_STATE_FOLDER_H

#include "base/arena.h"
#include "base/error.h"
#include "base/map.h"
#include "stack/account.h"

struct state_folder {
	const char *here, *there; /* in use; kept */
	struct arena arena;
	struct map files; /* path below `here` -> what it was when kept */
};

/* Paths are borrowed. Nobody may write below `here` meanwhile. */
int state_folder_keep(struct state_folder *folder, const char *here,
		      const char *there, const struct account *account,
		      struct error *err);
int state_folder_put_back(struct state_folder *folder,
			  const struct account *account, struct error *err);
void state_folder_release(struct state_folder *folder);

#endif
