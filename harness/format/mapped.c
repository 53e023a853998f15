#include "format/mapped.h"

#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int mapped_open(struct mapped *m, const char *path, size_t max_len,
		struct error *err)
{
	_cleanup_(close_fd) int fd =
		open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(err, errno, "reading %s", path);
	if (S_ISDIR(st.st_mode))
		return error_errno(err, EISDIR, "reading %s", path);
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERROR_INVALID,
				 "reading %s: not a regular file", path);
	if ((uint64_t)st.st_size > max_len)
		return error_set(err, ERROR_LIMIT,
				 "reading %s: larger than %zu bytes", path,
				 max_len);
	*m = (struct mapped){ (const unsigned char *)"", 0, NULL };
	if (st.st_size == 0)
		return 0;
	void *at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd,
			0);
	if (at == MAP_FAILED)
		return error_errno(err, errno, "mapping %s", path);
	*m = (struct mapped){ at, (size_t)st.st_size, at };
	return 0;
}

void mapped_close(struct mapped *m)
{
	if (m->mapping)
		munmap(m->mapping, m->len);
	*m = (struct mapped)MAPPED_INIT;
}
