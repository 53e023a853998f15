/* One digest over a folder: names, kinds, modes, contents, links as links. */
#ifndef STACK_TREE_DIGEST_H
#define STACK_TREE_DIGEST_H

#include "base/hash.h"

/* Of a file above 32 MiB only the size counts. ERROR_LIMIT past 100 000
 * entries. */
int tree_digest_add(struct sha256 *hash, const char *folder,
		    struct error *err);

#endif
