#include "diagnose/stages.h"

#include <string.h>

static const char *const names[STAGES] = {
	"raw tables", "snapshots", "labels", "entity rows", "features",
	"matrix", "parameters", "model", "metrics", "answers",
};

const char *stage_name(enum stage stage)
{
	return names[stage];
}

/* The sum of the rows' digests, 256 bits: the order does not matter, how
 * often a row comes does. */
static void add_to_sum(unsigned char sum[SHA256_BYTES],
		       const unsigned char digest[SHA256_BYTES])
{
	unsigned int carry = 0;

	for (int i = SHA256_BYTES - 1; i >= 0; i--) {
		carry += (unsigned int)sum[i] + digest[i];
		sum[i] = (unsigned char)carry;
		carry >>= 8;
	}
}

void digesting_add(struct digesting *d, const void *row, size_t len)
{
	unsigned char digest[SHA256_BYTES];
	struct sha256 one;

	if (!d->rows++)
		sha256_init(&d->sequence);
	sha256_init(&one);
	sha256_add(&one, row, len);
	sha256_finish_bytes(&one, digest);
	sha256_add(&d->sequence, digest, sizeof(digest));
	add_to_sum(d->sum, digest);
}

struct stage_digest digesting_end(struct digesting *d)
{
	struct stage_digest digest = { .known = d->rows > 0 };

	if (!digest.known)
		return digest;
	sha256_finish(&d->sequence, digest.sequence);
	hash_hex(d->sum, sizeof(d->sum), digest.multiset);
	return digest;
}

static bool both_known(const struct stages *a, const struct stages *b,
		       size_t i)
{
	return a->at[i].known && b->at[i].known;
}

/* A table may change in rows that no query returns. */
static bool is_harmless(const struct stages *before, const struct stages *now,
			size_t stage)
{
	if (stage != STAGE_RAW_TABLES && stage != STAGE_SNAPSHOTS)
		return false;
	for (size_t i = STAGE_ENTITY_ROWS; i <= STAGE_FEATURES; i++)
		if (!both_known(before, now, i) ||
		    strcmp(before->at[i].sequence, now->at[i].sequence) != 0)
			return false;
	return true;
}

enum stage stages_part(const struct stages *before, const struct stages *now,
		       bool *ret_order)
{
	*ret_order = false;
	for (size_t i = 0; i < STAGES; i++) {
		if (!both_known(before, now, i) ||
		    !strcmp(before->at[i].sequence, now->at[i].sequence) ||
		    is_harmless(before, now, i))
			continue;
		*ret_order = !strcmp(before->at[i].multiset,
				     now->at[i].multiset);
		return (enum stage)i;
	}
	return STAGES;
}

json_t *stages_json(const struct stages *before, const struct stages *now)
{
	json_t *list = json_array();

	for (size_t i = 0; i < STAGES; i++) {
		const struct stage_digest *d = &now->at[i];
		if (!d->known)
			continue;
		json_t *entry = json_pack("{s:s,s:s,s:s}", "stage", names[i],
					  "sequence", d->sequence, "multiset",
					  d->multiset);
		if (before && before->at[i].known) {
			const struct stage_digest *b = &before->at[i];
			bool rows = !strcmp(b->multiset, d->multiset);
			bool order = !strcmp(b->sequence, d->sequence);
			json_object_set_new(entry, "rows", json_string(
				rows ? "same" : "other"));
			json_object_set_new(entry, "order", json_string(
				order ? "same" : "other"));
		}
		json_array_append_new(list, entry);
	}
	return list;
}
