#include "base/hash.h"

#include "base/alloc.h"
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LARGE = 1024 * 1024 };

enum algorithm { SHA1, SHA256, ALGORITHMS };

/* OpenSSL looks an algorithm up each time it is named, which takes longer
 * than hashing a row. */
static EVP_MD *algorithms[ALGORITHMS];
static pthread_once_t fetched = PTHREAD_ONCE_INIT;

static void fetch(void)
{
	algorithms[SHA1] = EVP_MD_fetch(NULL, "SHA1", NULL);
	algorithms[SHA256] = EVP_MD_fetch(NULL, "SHA256", NULL);
}

static EVP_MD_CTX *start(enum algorithm algorithm)
{
	pthread_once(&fetched, fetch);
	const EVP_MD *md = algorithms[algorithm];
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	/* Fails only without memory or without the algorithm: both fatal. */
	if (!md || !context || !EVP_DigestInit_ex(context, md, NULL))
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
	h->context = start(SHA256);
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
	EVP_MD_CTX *blob = start(SHA1);
	char header[48];
	int n = snprintf(header, sizeof(header), "blob %zu", len);

	EVP_DigestUpdate(blob, header, (size_t)n + 1);
	EVP_DigestUpdate(blob, data, len);
	finish(blob, ret_hex);
}

struct hashing {
	int fd;
	enum algorithm algorithm;
	char header[48]; /* what comes before the file's bytes */
	size_t header_len;
	int64_t size;
	int error; /* errno, or 0 */
	char hex[SHA256_HEX];
};

static void *hash_one(void *data)
{
	enum { BLOCK = 256 * 1024 };
	struct hashing *h = data;
	_cleanup_(free_pointer) char *block = xmalloc(BLOCK);
	EVP_MD_CTX *context = start(h->algorithm);
	ssize_t got;

	EVP_DigestUpdate(context, h->header, h->header_len);
	while ((got = pread(h->fd, block, BLOCK, h->size)) > 0) {
		EVP_DigestUpdate(context, block, (size_t)got);
		h->size += got;
	}
	h->error = got < 0 ? errno : 0;
	finish(context, h->hex);
	return NULL;
}

int hash_file(const char *path, struct file_digest *ret, struct error *err)
{
	return hash_file_like(path, NULL, ret, err);
}

/* Models are large: the two digests are made side by side. */
int hash_file_like(const char *path, const struct file_digest *likely,
		   struct file_digest *ret, struct error *err)
{
	_cleanup_(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct hashing sha256 = { .fd = fd, .algorithm = SHA256 };
	struct hashing blob = { .fd = fd, .algorithm = SHA1 };
	struct stat st;
	pthread_t thread;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(err, errno, "reading %s", path);
	blob.header_len = 1 + (size_t)snprintf(blob.header, sizeof(blob.header),
					       "blob %lld",
					       (long long)st.st_size);
	bool like = likely && likely->size == st.st_size;
	bool beside = !like && st.st_size > LARGE &&
		      pthread_create(&thread, NULL, hash_one, &blob) == 0;
	hash_one(&sha256);
	like = like && !strcmp(sha256.hex, likely->sha256);
	if (like)
		memcpy(blob.hex, likely->git_blob, sizeof(likely->git_blob));
	else if (beside)
		pthread_join(thread, NULL);
	else if (!sha256.error)
		hash_one(&blob);
	if (sha256.error || blob.error)
		return error_errno(err, sha256.error ? sha256.error
						     : blob.error,
				   "reading %s", path);
	ret->size = sha256.size;
	memcpy(ret->sha256, sha256.hex, sizeof(ret->sha256));
	memcpy(ret->git_blob, blob.hex, sizeof(ret->git_blob));
	return 0;
}
