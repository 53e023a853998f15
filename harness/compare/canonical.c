#include "compare/canonical.h"

#include "base/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How deep it may go (a cycle may be entered again below itself), and how
 * many values it may digest for each one that there is. */
enum { MAX_LEVEL = 2 * PICKLE_MAX_DEPTH, MAX_REPEATS = 64 };

/* Of one value: digests of its parts, so a list of 16 million takes half a
 * gigabyte. */
#define MAX_CONTENT ((size_t)2 << 30)

/* The level of the outermost value that this one refers back to; none. */
#define NO_REFERENCE UINT32_MAX

struct part {
	unsigned char bytes[CANONICAL_SIZE];
};

static int digest(struct canonical *c, const struct pickle_value *v,
		  uint32_t level, struct part *ret, uint32_t *outermost,
		  struct error *err);

void canonical_init(struct canonical *c, const struct pickle *p,
		    const struct declared *declared)
{
	*c = (struct canonical){
		.declared = declared,
		.digests = xcalloc(p->n_values, sizeof(*c->digests)),
		.known = xcalloc(p->n_values, 1),
		.level = xcalloc(p->n_values, sizeof(*c->level)),
		.n_values = p->n_values,
	};
}

void canonical_release(struct canonical *c)
{
	free(c->digests);
	free(c->known);
	free(c->level);
	*c = (struct canonical){ .declared = NULL };
}

/* --- elements of arrays ------------------------------------------------ */

/* Whether an element's bytes are its canonical bytes. */
static bool is_packed(const struct dtype *t)
{
	size_t sum = 0;

	if (t->big_endian)
		return t->itemsize <= 1;
	if (t->base)
		return is_packed(t->base);
	for (size_t i = 0; i < t->n_fields; i++) {
		if (t->fields[i].offset != sum || !is_packed(t->fields[i].type))
			return false;
		sum += t->fields[i].type->itemsize;
	}
	return !t->n_fields || sum == t->itemsize;
}

/* The bytes that one number or character of this kind is made of. */
static size_t unit_size(const struct dtype *t)
{
	return t->kind == 'U' ? 4 : t->kind == 'c' ? t->itemsize / 2
		: t->kind == 'S' || t->kind == 'V' ? 1 : t->itemsize;
}

static void add_element(const struct dtype *t, const unsigned char *at,
			struct strbuf *into)
{
	if (t->base) {
		size_t size = t->base->itemsize;
		for (size_t i = 0; size && i < t->itemsize / size; i++)
			add_element(t->base, at + i * size, into);
	} else if (t->n_fields) {
		for (size_t i = 0; i < t->n_fields; i++)
			add_element(t->fields[i].type,
				    at + t->fields[i].offset, into);
	} else if (!t->big_endian) {
		strbuf_add(into, at, t->itemsize);
	} else {
		size_t unit = unit_size(t);
		for (size_t i = 0; unit && i < t->itemsize; i += unit)
			for (size_t k = unit; k-- > 0;)
				strbuf_addch(into, (char)at[i + k]);
	}
}

/* Bytes of an element that stand together, for elements that only have
 * padding to leave out. */
struct runs {
	struct { size_t at, len; } run[64];
	size_t n, total;
};

static bool add_run(struct runs *r, size_t at, size_t len)
{
	if (r->n && r->run[r->n - 1].at + r->run[r->n - 1].len == at) {
		r->run[r->n - 1].len += len;
	} else {
		if (r->n == ARRAY_SIZE(r->run))
			return false;
		r->run[r->n].at = at;
		r->run[r->n++].len = len;
	}
	r->total += len;
	return true;
}

/* False where an element isn't made of few such runs. */
static bool find_runs(const struct dtype *t, size_t at, struct runs *r)
{
	if (is_packed(t))
		return add_run(r, at, t->itemsize);
	if (t->base || !t->n_fields)
		return false;
	for (size_t i = 0; i < t->n_fields; i++)
		if (!find_runs(t->fields[i].type, at + t->fields[i].offset, r))
			return false;
	return true;
}

static void add_runs(struct sha256 *h, const struct ndarray *nd,
		     const struct runs *r)
{
	enum { BLOCK = 64 * 1024 };
	size_t room = BLOCK > r->total ? BLOCK : r->total, used = 0;
	unsigned char *block = xmalloc(room);

	for (size_t i = 0; i < nd->count; i++) {
		const unsigned char *from = nd->data + ndarray_offset(nd, i);
		if (used + r->total > room) {
			sha256_add(h, block, used);
			used = 0;
		}
		for (size_t k = 0; k < r->n; k++) {
			memcpy(block + used, from + r->run[k].at,
			       r->run[k].len);
			used += r->run[k].len;
		}
	}
	sha256_add(h, block, used);
	free(block);
}

void canonical_elements(struct sha256 *h, const struct ndarray *nd)
{
	enum { BLOCK = 64 * 1024 };
	struct strbuf block = STRBUF_INIT(MAX_CONTENT);
	struct runs runs = { .n = 0 };

	if (is_packed(nd->type) && (!nd->fortran || nd->n_dims < 2)) {
		sha256_add(h, nd->data, nd->data_len);
		return;
	}
	if (find_runs(nd->type, 0, &runs)) {
		add_runs(h, nd, &runs);
		return;
	}
	for (size_t i = 0; i < nd->count; i++) {
		add_element(nd->type, nd->data + ndarray_offset(nd, i), &block);
		if (block.len >= BLOCK) {
			sha256_add(h, block.buf, block.len);
			strbuf_reset(&block);
		}
	}
	sha256_add(h, block.buf, block.len);
	strbuf_release(&block);
}

/* --- values ------------------------------------------------------------ */

static void add_part(struct strbuf *into, const struct part *part)
{
	strbuf_add(into, part->bytes, sizeof(part->bytes));
}

/* The least two's complement that holds it, lowest byte first. */
static void add_int(struct strbuf *into, int64_t value)
{
	do {
		strbuf_addch(into, (char)(value & 0xff));
		value >>= 8;
	} while (!((value == 0 && !(into->buf[into->len - 1] & 0x80)) ||
		   (value == -1 && into->buf[into->len - 1] & 0x80)));
}

/* A part's digest, or 32 zeros where there is none. */
static int add_child(struct canonical *c, const struct pickle_value *v,
		     uint32_t level, struct strbuf *into, uint32_t *outermost,
		     struct error *err)
{
	struct part part = { { 0 } };
	uint32_t reaches = NO_REFERENCE;

	if (v && digest(c, v, level + 1, &part, &reaches, err) < 0)
		return -1;
	if (reaches < *outermost)
		*outermost = reaches;
	add_part(into, &part);
	return 0;
}

static int add_list(struct canonical *c, const struct pickle_list *list,
		    uint32_t level, struct strbuf *into, uint32_t *outermost,
		    struct error *err)
{
	for (size_t i = 0; i < list->len; i++)
		if (add_child(c, list->at[i], level, into, outermost, err) < 0)
			return -1;
	return 0;
}

static int by_bytes1(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct part));
}

static int by_bytes2(const void *a, const void *b)
{
	return memcmp(a, b, 2 * sizeof(struct part));
}

static int add_sorted(struct canonical *c, const struct pickle_list *list,
		      uint32_t level, struct strbuf *into,
		      uint32_t *outermost, struct error *err)
{
	size_t start = into->len;

	if (add_list(c, list, level, into, outermost, err) < 0)
		return -1;
	qsort(into->buf + start, list->len, sizeof(struct part), by_bytes1);
	return 0;
}

/* Keys and values, sorted; `attributes` leaves out what changes nothing. */
static int add_pairs(struct canonical *c, const struct pickle_list *pairs,
		     bool attributes, uint32_t level, struct strbuf *into,
		     uint32_t *outermost, struct error *err)
{
	size_t start = into->len;

	for (size_t i = 0; i + 1 < pairs->len; i += 2) {
		const struct pickle_value *key = pairs->at[i];
		if (attributes && key->type == PICKLE_STR &&
		    declared_non_semantic(c->declared, key->text.at,
					  key->text.len))
			continue;
		if (add_child(c, key, level, into, outermost, err) < 0 ||
		    add_child(c, pairs->at[i + 1], level, into, outermost,
			      err) < 0)
			return -1;
	}
	qsort(into->buf + start, (into->len - start) / sizeof(struct part) / 2,
	      2 * sizeof(struct part), by_bytes2);
	return 0;
}

/* The state without the parameters that change nothing. An empty one is none
 * at all: so it is for Python. */
static int add_state(struct canonical *c, const struct pickle_value *v,
		     uint32_t level, struct strbuf *into, uint32_t *outermost,
		     struct error *err)
{
	const struct pickle_value *state = v->object->state;
	const struct pickle_value *dict = pickle_state_dict(v);
	struct strbuf pairs = STRBUF_INIT(MAX_CONTENT);
	struct part part;

	if (!state || (state == dict && dict->list.len == 0))
		return add_child(c, NULL, level, into, outermost, err);
	if (state != dict)
		return add_child(c, state, level, into, outermost, err);
	strbuf_addch(&pairs, 'd');
	int result = add_pairs(c, &dict->list, true, level, &pairs, outermost,
			       err);
	struct sha256 h;
	sha256_init(&h);
	sha256_add(&h, pairs.buf, pairs.len);
	sha256_finish_bytes(&h, part.bytes);
	strbuf_release(&pairs);
	add_part(into, &part);
	return result;
}

static int add_object(struct canonical *c, const struct pickle_value *v,
		      uint32_t level, struct strbuf *into, uint32_t *outermost,
		      struct error *err)
{
	const struct pickle_object *o = v->object;

	strbuf_addstr(into, o->is_new ? "on" : "oc");
	if (add_child(c, o->cls, level, into, outermost, err) < 0 ||
	    add_child(c, o->args, level, into, outermost, err) < 0 ||
	    add_child(c, o->kwargs, level, into, outermost, err) < 0 ||
	    add_state(c, v, level, into, outermost, err) < 0 ||
	    add_child(c, o->setter, level, into, outermost, err) < 0 ||
	    add_list(c, &o->items, level, into, outermost, err) < 0)
		return -1;
	strbuf_addch(into, '|');
	return add_pairs(c, &o->pairs, false, level, into, outermost, err);
}

static int add_array(struct canonical *c, const struct pickle_value *v,
		     uint32_t level, struct strbuf *into, uint32_t *outermost,
		     struct error *err)
{
	const struct ndarray *nd = &v->array->nd;

	strbuf_addch(into, v->type == PICKLE_SCALAR ? 'c' : 'a');
	dtype_describe(nd->type, into);
	strbuf_addch(into, '\0');
	ndarray_describe_shape(nd, into);
	strbuf_addch(into, '\0');
	if (nd->data) {
		struct sha256 h;
		struct part part;
		sha256_init(&h);
		canonical_elements(&h, nd);
		sha256_finish_bytes(&h, part.bytes);
		add_part(into, &part);
	}
	for (size_t i = 0; v->array->objects && i < nd->count; i++)
		if (add_child(c, v->array->objects[i], level, into, outermost,
			      err) < 0)
			return -1;
	return 0;
}

static void add_text(const struct pickle_value *v, char tag,
		     struct strbuf *into)
{
	strbuf_addch(into, tag);
	strbuf_add(into, v->text.at, v->text.len);
}

static int add_value(struct canonical *c, const struct pickle_value *v,
		     uint32_t level, struct strbuf *into, uint32_t *outermost,
		     struct error *err)
{
	switch (v->type) {
	case PICKLE_NONE: strbuf_addch(into, 'N'); return 0;
	case PICKLE_BOOL: strbuf_addch(into, v->boolean ? 'T' : 'F'); return 0;
	case PICKLE_INT:
		strbuf_addch(into, 'i');
		add_int(into, v->integer);
		return 0;
	case PICKLE_LONG: add_text(v, 'i', into); return 0;
	case PICKLE_FLOAT:
		strbuf_addch(into, 'f');
		for (size_t i = 0; i < sizeof(v->real); i++) {
			uint64_t bits;
			memcpy(&bits, &v->real, sizeof(bits));
			strbuf_addch(into, (char)(bits >> (8 * i) & 0xff));
		}
		return 0;
	case PICKLE_STR: add_text(v, 's', into); return 0;
	case PICKLE_BYTES: add_text(v, 'b', into); return 0;
	case PICKLE_BYTEARRAY: add_text(v, 'B', into); return 0;
	case PICKLE_LIST:
		strbuf_addch(into, 'l');
		return add_list(c, &v->list, level, into, outermost, err);
	case PICKLE_TUPLE:
		strbuf_addch(into, 't');
		return add_list(c, &v->list, level, into, outermost, err);
	case PICKLE_SET: case PICKLE_FROZENSET:
		strbuf_addch(into, v->type == PICKLE_SET ? 'S' : 'Z');
		return add_sorted(c, &v->list, level, into, outermost, err);
	case PICKLE_DICT:
		strbuf_addch(into, 'd');
		return add_pairs(c, &v->list, false, level, into, outermost,
				 err);
	case PICKLE_GLOBAL:
		strbuf_addch(into, 'g');
		strbuf_addstr(into, v->global->full);
		return 0;
	case PICKLE_DTYPE:
		strbuf_addch(into, 'D');
		dtype_describe(v->dtype, into);
		return 0;
	case PICKLE_OBJECT:
		return add_object(c, v, level, into, outermost, err);
	case PICKLE_ARRAY: case PICKLE_SCALAR:
		return add_array(c, v, level, into, outermost, err);
	}
	return 0;
}

static int compute(struct canonical *c, const struct pickle_value *v,
		   uint32_t level, struct part *ret, uint32_t *outermost,
		   struct error *err)
{
	struct strbuf content = STRBUF_INIT(MAX_CONTENT);
	struct sha256 h;

	c->level[v->id] = level + 1;
	int result = add_value(c, v, level, &content, outermost, err);
	c->level[v->id] = 0;
	if (!result) {
		sha256_init(&h);
		sha256_add(&h, content.buf, content.len);
		sha256_finish_bytes(&h, ret->bytes);
	}
	strbuf_release(&content);
	return result;
}

static void digest_reference(uint32_t distance, struct part *ret)
{
	char text[16];
	struct sha256 h;
	int n = snprintf(text, sizeof(text), "^%u", distance);

	sha256_init(&h);
	sha256_add(&h, text, (size_t)n);
	sha256_finish_bytes(&h, ret->bytes);
}

static int digest(struct canonical *c, const struct pickle_value *v,
		  uint32_t level, struct part *ret, uint32_t *outermost,
		  struct error *err)
{
	if (c->known[v->id]) {
		memcpy(ret->bytes, c->digests[v->id], sizeof(ret->bytes));
		return 0;
	}
	if (c->level[v->id]) {
		uint32_t there = c->level[v->id] - 1;
		digest_reference(level - there, ret);
		*outermost = there;
		return 0;
	}
	if (level > MAX_LEVEL)
		return error_set(err, ERROR_LIMIT, "nested deeper than %d",
				 MAX_LEVEL);
	if (++c->work > (size_t)c->n_values * MAX_REPEATS)
		return error_set(err, ERROR_LIMIT,
				 "too many values that hold themselves");
	if (compute(c, v, level, ret, outermost, err) < 0)
		return -1;
	/* What refers to something around it digests differently elsewhere. */
	if (*outermost >= level) {
		c->known[v->id] = 1;
		memcpy(c->digests[v->id], ret->bytes, sizeof(ret->bytes));
		*outermost = NO_REFERENCE;
	}
	return 0;
}

int canonical_digest(struct canonical *c, const struct pickle_value *v,
		     unsigned char ret[CANONICAL_SIZE], struct error *err)
{
	struct part part;
	uint32_t outermost = NO_REFERENCE;

	if (digest(c, v, 0, &part, &outermost, err) < 0)
		return -1;
	memcpy(ret, part.bytes, sizeof(part.bytes));
	return 0;
}

/* Calls whose result was dropped count too: they are part of what loading
 * the file does. */
int canonical_digest_pickle(const struct pickle *p,
			    const struct declared *declared,
			    char ret_hex[SHA256_HEX], struct error *err)
{
	struct canonical c;
	struct strbuf parts = STRBUF_INIT(MAX_CONTENT);
	unsigned char bytes[CANONICAL_SIZE];

	canonical_init(&c, p, declared);
	int result = canonical_digest(&c, p->root, bytes, err);
	hash_hex(bytes, sizeof(bytes), ret_hex);
	strbuf_add(&parts, "E", 1);
	strbuf_add(&parts, bytes, sizeof(bytes));
	for (size_t i = 0; i < p->n_discarded && !result; i++) {
		result = canonical_digest(&c, p->discarded[i], bytes, err);
		strbuf_add(&parts, bytes, sizeof(bytes));
	}
	if (!result && p->n_discarded)
		hash_sha256(parts.buf, parts.len, ret_hex);
	strbuf_release(&parts);
	canonical_release(&c);
	return result;
}
