/* Pickles in files, also those that joblib compressed. */
#include "format/pickle.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* The first bytes of what is refused with a name, and of what is inflated. */
static const struct magic {
	const char *bytes;
	size_t len;
	const char *name;
	bool known;
} magics[] = {
	{ "\x1f\x8b", 2, "gzip", true },
	{ "\x78\x01", 2, "zlib", true },
	{ "\x78\x5e", 2, "zlib", true },
	{ "\x78\x9c", 2, "zlib", true },
	{ "\x78\xda", 2, "zlib", true },
	{ "BZ", 2, "bzip2", false },
	{ "\xfd" "7zXZ", 5, "xz", false },
	{ "\x5d\x00", 2, "lzma", false },
	{ "\x04\x22\x4d\x18", 4, "lz4", false },
	{ "PK\x03\x04", 4, "zip", false },
};

static const struct magic *find_magic(const struct mapped *m)
{
	for (size_t i = 0; i < ARRAY_SIZE(magics); i++)
		if (m->len >= magics[i].len &&
		    memcmp(m->data, magics[i].bytes, magics[i].len) == 0)
			return &magics[i];
	return NULL;
}

/* Inflates all of it into memory of our own, at most max bytes. */
static int inflate_all(const struct mapped *m, size_t max,
		       unsigned char **ret, size_t *ret_len,
		       struct error *err)
{
	z_stream z = { .next_in = (z_const Bytef *)m->data };
	size_t len = 0, alloc = 0, left = m->len;
	unsigned char *buf = NULL;
	int status = Z_OK;

	if (inflateInit2(&z, 15 + 32) != Z_OK) /* zlib or gzip, by header */
		return error_set(err, ERROR_INTERNAL, "zlib does not start");
	while (status == Z_OK) {
		if (len == alloc) {
			alloc = alloc ? alloc * 2 : m->len * 4 + 4096;
			alloc = alloc < max ? alloc : max;
			buf = xrealloc(buf, alloc);
		}
		size_t in = left < 1u << 30 ? left : 1u << 30;
		size_t out = alloc - len < 1u << 30 ? alloc - len : 1u << 30;
		z.avail_in = (uInt)in;
		z.avail_out = (uInt)out;
		z.next_out = buf + len;
		status = inflate(&z, Z_NO_FLUSH);
		left -= in - z.avail_in;
		len += out - z.avail_out;
		if (status == Z_OK && len == max)
			status = Z_MEM_ERROR; /* the cap */
	}
	inflateEnd(&z);
	*ret = buf;
	*ret_len = len;
	if (status == Z_STREAM_END)
		return 0;
	free(buf);
	if (len == max)
		return error_set(err, ERROR_LIMIT,
				 "inflates to more than %zu bytes", max);
	return error_set(err, ERROR_INVALID,
			 "the compressed data is damaged at byte %zu",
			 m->len - left);
}

static int decode_compressed(struct pickle *p, const struct mapped *m,
			     const struct magic *magic,
			     const struct pickle_limits *limits,
			     struct error *err)
{
	unsigned char *data = NULL;
	size_t len = 0, max = limits->max_memory;

	if (!magic->known)
		return error_set(err, ERROR_INVALID,
				 "compressed with %s: zlib and gzip are read",
				 magic->name);
	if (max > limits->max_bytes)
		max = limits->max_bytes;
	if (inflate_all(m, max, &data, &len, err) < 0)
		return -1;
	if (pickle_decode(p, data, len, limits, err) < 0) {
		free(data);
		return -1;
	}
	p->inflated = data;
	p->inflated_len = len;
	p->compression = magic->name;
	return 0;
}

int pickle_open(struct pickle *ret, const char *path,
		const struct pickle_limits *limits, struct error *err)
{
	struct mapped m = MAPPED_INIT;
	struct pickle p;
	int result;

	if (!limits)
		limits = &pickle_default_limits;
	if (mapped_open(&m, path, limits->max_bytes, err) < 0)
		return -1;
	const struct magic *magic = find_magic(&m);
	result = magic ? decode_compressed(&p, &m, magic, limits, err)
		       : pickle_decode(&p, m.data, m.len, limits, err);
	if (result < 0) {
		mapped_close(&m);
		return error_context(err, "reading %s", path);
	}
	p.file = m;
	*ret = p;
	return 0;
}
