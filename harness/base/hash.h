/* Digests, by OpenSSL. Hexadecimal, lower case, '\0'-terminated. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

enum { SHA256_HEX = 65, SHA256_BYTES = 32, SHA1_HEX = 41 };

void hash_sha256(const void *data, size_t len, char ret_hex[SHA256_HEX]);

/* The id that git gives a blob with these bytes. */
void hash_git_blob(const void *data, size_t len, char ret_hex[SHA1_HEX]);

/* In pieces. */
struct sha256 {
	void *context; /* EVP_MD_CTX */
};
void sha256_init(struct sha256 *h);
void sha256_add(struct sha256 *h, const void *data, size_t len);
void sha256_finish(struct sha256 *h, char ret_hex[SHA256_HEX]); /* releases */

void sha256_finish_bytes(struct sha256 *h, unsigned char ret[SHA256_BYTES]);
void hash_hex(const unsigned char *bytes, size_t len, char *ret_hex);

/* Of a file: SHA-256, and the id that git gives a blob with
 * these bytes (SHA-1 of "blob LEN\0" and the bytes). */
struct file_digest {
	char sha256[SHA256_HEX];
	char git_blob[SHA1_HEX];
	int64_t size;
};
int hash_file(const char *path, struct file_digest *ret, struct error *err);
/* The same, of a file that is likely to hold what another one did: where its
 * SHA-256 is `likely`'s, so is the other id. NULL: nothing is known. */
int hash_file_like(const char *path, const struct file_digest *likely,
		   struct file_digest *ret, struct error *err);

#endif
