#include "base/hash.h"

#include "base/alloc.h"
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static EVP_MD_CTX *start(const EVP_MD *md)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	/* Fails only without memory or without the algorithm: both fatal. */
	if (!context || !EVP_DigestInit_ex(context, md, NULL))
		abort();
	return context;
}

void hash_hex(const unsigned char *bytes, size_t len, char *ret_hex)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		ret_hex[2 * i] = digits[bytes[i] >> 4];
		ret_hex[2 * i + 1] = digits[bytes[i] & 15];
	}
	ret_hex[2 * len] = '\0';
}

static void finish(EVP_MD_CTX *context, char *ret_hex)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	EVP_DigestFinal_ex(context, digest, &len);
	EVP_MD_CTX_free(context);
	hash_hex(digest, len, ret_hex);
}

void sha256_init(struct sha256 *h)
{
	h->context = start(EVP_sha256());
}

void sha256_add(struct sha256 *h, const void *data, size_t len)
{
	EVP_DigestUpdate(h->context, data, len);
}

void sha256_finish(struct sha256 *h, char ret_hex[SHA256_HEX])
{
	finish(h->context, ret_hex);
	h->context = NULL;
}

void sha256_finish_bytes(struct sha256 *h, unsigned char ret[SHA256_BYTES])
{
	EVP_DigestFinal_ex(h->context, ret, NULL);
	EVP_MD_CTX_free(h->context);
	h->context = NULL;
}

void hash_sha256(const void *data, size_t len, char ret_hex[SHA256_HEX])
{
	struct sha256 h;

	sha256_init(&h);
	sha256_add(&h, data, len);
	sha256_finish(&h, ret_hex);
}

void hash_git_blob(const void *data, size_t len, char ret_hex[SHA1_HEX])
{
	EVP_MD_CTX *blob = start(EVP_sha1());
	char header[48];
	int n = snprintf(header, sizeof(header), "blob %zu", len);

	EVP_DigestUpdate(blob, header, (size_t)n + 1);
	EVP_DigestUpdate(blob, data, len);
	finish(blob, ret_hex);
}

int hash_file(const char *path, struct file_digest *ret, struct error *err)
{
	enum { BLOCK = 256 * 1024 };
	_cleanup_(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct file_digest digest = { .size = 0 };
	struct stat st;
	char header[48];

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(err, errno, "reading %s", path);
	_cleanup_(free_pointer) char *block = xmalloc(BLOCK);
	EVP_MD_CTX *sha256 = start(EVP_sha256());
	EVP_MD_CTX *blob = start(EVP_sha1());
	int n = snprintf(header, sizeof(header), "blob %lld",
			 (long long)st.st_size);
	EVP_DigestUpdate(blob, header, (size_t)n + 1);
	ssize_t got;
	while ((got = read(fd, block, BLOCK)) > 0) {
		EVP_DigestUpdate(sha256, block, (size_t)got);
		EVP_DigestUpdate(blob, block, (size_t)got);
		digest.size += got;
	}
	int saved = errno;
	finish(sha256, digest.sha256);
	finish(blob, digest.git_blob);
	if (got < 0)
		return error_errno(err, saved, "reading %s", path);
	*ret = digest;
	return 0;
}
