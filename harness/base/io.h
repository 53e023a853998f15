/* Files and folders: every reader has a cap, every writer is atomic. */
#ifndef BASE_IO_H
#define BASE_IO_H

#include "base/error.h"
#include "base/strbuf.h"

#include <stdbool.h>
#include <sys/types.h>

/* Handles: -1 is "none", closing it is nothing. */
void close_fd(int *fd); /* for _cleanup_(close_fd) */

/* Restarts after EINTR and short writes. */
int io_write_all(int fd, const void *data, size_t len, struct error *err);

/* Appends the file to `into`; more than its cap is ERROR_LIMIT. A folder, a
 * device or a FIFO is refused. */
int io_read_file(const char *path, struct strbuf *into, struct error *err);

/* Writes to a temporary name beside it, syncs and renames: the file is whole
 * or not there. mode as for open(2). Devices and pipes, which a file must not
 * replace, are written to as they are. */
int io_write_file(const char *path, const void *data, size_t len, mode_t mode,
		  struct error *err);

/* Copies a regular file (reflink or copy_file_range where the system can). */
int io_copy_file(const char *from, const char *to, mode_t mode,
		 struct error *err);

/* Copies a folder and all below it; `to` must not exist. Modes are kept,
 * owners and times are not; a link stays the link it is; sockets, pipes and
 * devices are left out. */
int io_copy_tree(const char *from, const char *to, struct error *err);

/* mkdir -p. */
int io_make_folders(const char *path, mode_t mode, struct error *err);

/* rm -rf without following a link, staying on the tree it was given; a path
 * that isn't there is no error. */
int io_remove_tree(const char *path, struct error *err);

/* chown -R without following links. */
int io_chown_tree(const char *path, uid_t uid, gid_t gid, struct error *err);

bool io_exists(const char *path);

#endif
