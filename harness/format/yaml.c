/* The tree that is made of libfyaml's events, and looking things up in it.
 * Places and complaints are in yaml_source.c, scalars in yaml_scalar.c. */
#include "format/yaml.h"
#include "format/utf8.h"
#include "format/yaml_source.h"

#include "base/io.h"
#include "base/map.h"
#include "base/vec.h"

#include <libfyaml.h>
#include <limits.h>
#include <string.h>

const struct yaml_limits yaml_default_limits = {
	.bytes = (size_t)1024 * 1024,
	.line = (size_t)64 * 1024,
	.keys = 2000,
	.nodes = 100000,
	.depth = 40,
};

struct anchor {
	struct yaml_node *node;
	size_t weight;       /* nodes it unfolds to; 0 while it is open */
	unsigned int height; /* levels below it */
};

/* A sequence or mapping whose end has not been read. */
struct open_node {
	struct yaml_node *node;
	const struct yaml_node *key; /* the key that waits for its value */
	VEC(struct yaml_pair) pairs;
	VEC(const struct yaml_node *) items;
	struct map keys; /* text -> yaml_node of the key */
	struct anchor *anchor;       /* of this node, or NULL */
	size_t nodes_before;
};

struct reader {
	struct fy_parser *parser;
	struct fy_diag *diag;
	const struct yaml_source *source;
	const struct yaml_limits *limits;
	struct arena *arena;
	struct error *err;
	VEC(struct open_node) open;
	struct map anchors;
	const struct yaml_node *root;
	size_t nodes;
	unsigned int documents;
};

static void open_node_release(struct open_node *open)
{
	vec_release(&open->pairs);
	vec_release(&open->items);
	map_release(&open->keys);
}

static void reader_release(struct reader *r)
{
	for (size_t i = 0; i < r->open.len; i++)
		open_node_release(&r->open.at[i]);
	vec_release(&r->open);
	map_release(&r->anchors);
	/* libfyaml 0.7.12 does not free the complaints that it collected. */
	if (r->diag)
		fy_diag_reset_error(r->diag);
	fy_parser_destroy(r->parser);
	fy_diag_unref(r->diag);
}

static int complain_limit(struct reader *r, const struct yaml_node *node,
			  const char *what, size_t limit)
{
	yaml_complain(node, r->err, "more than %zu %s", limit, what);
	if (r->err)
		r->err->kind = ERROR_LIMIT;
	return -1;
}

static struct yaml_node *new_node(struct reader *r, enum yaml_type type,
				  struct fy_event *event)
{
	struct yaml_node *node = arena_new(r->arena, struct yaml_node);
	const struct fy_mark *mark = fy_event_start_mark(event);

	node->type = type;
	node->source = r->source;
	node->text = "";
	/* An empty value has no mark: it stands behind its key. */
	if (mark) {
		yaml_source_place(node, mark->input_pos);
	} else if (r->open.len && r->open.at[r->open.len - 1].key) {
		const struct yaml_node *key = r->open.at[r->open.len - 1].key;

		yaml_source_place(node, key->offset);
		node->width = key->width;
	} else {
		yaml_source_place(node, 0);
	}
	return node;
}

/* A key may stand once in its mapping; NULL value: it waits. */
static int take_key(struct reader *r, struct open_node *in,
		    const struct yaml_node *key)
{
	const struct yaml_node *before;

	if (!yaml_is_scalar(key))
		return yaml_complain(key, r->err, "a key must be text, not %s",
				     yaml_type_name(key->type));
	before = map_get(&in->keys, key->text);
	if (before)
		return yaml_complain(key, r->err,
				     "`%s` is given twice; first in line %d",
				     key->text, before->line);
	if (in->pairs.len >= r->limits->keys)
		return complain_limit(r, key, "keys in a mapping",
				      r->limits->keys);
	map_put(&in->keys, key->text, (void *)key);
	in->key = key;
	return 0;
}

/* A node is whole: into what holds it. */
static int place_node(struct reader *r, const struct yaml_node *node)
{
	struct open_node *in;

	if (r->open.len == 0) {
		r->root = node;
		return 0;
	}
	in = &r->open.at[r->open.len - 1];
	if (in->node->type == YAML_SEQUENCE) {
		*vec_push(&in->items) = node;
		return 0;
	}
	if (!in->key)
		return take_key(r, in, node);
	*vec_push(&in->pairs) = (struct yaml_pair){ in->key, node };
	in->key = NULL;
	return 0;
}

static int count_nodes(struct reader *r, const struct yaml_node *node,
		       size_t count)
{
	if (count > r->limits->nodes || r->nodes > r->limits->nodes - count)
		return complain_limit(r, node, "nodes", r->limits->nodes);
	r->nodes += count;
	return 0;
}

/* The anchor that stands at the event, remembered for aliases. */
static struct anchor *take_anchor(struct reader *r, struct fy_token *token,
				  struct yaml_node *node)
{
	size_t len = 0;
	const char *text = token ? fy_token_get_text(token, &len) : NULL;
	struct anchor *anchor;

	if (!text)
		return NULL;
	anchor = arena_new(r->arena, struct anchor);
	anchor->node = node;
	map_put(&r->anchors, arena_strndup(r->arena, text, len), anchor);
	return anchor;
}

/* Whether a tag stands there that we do not read; `!!str` sets *ret_text. */
static int look_at_tag(struct reader *r, struct fy_token *token,
		       const struct yaml_node *node, bool *ret_text)
{
	size_t len = 0;
	const char *tag = token ? fy_token_get_text(token, &len) : NULL;
	static const char str[] = "tag:yaml.org,2002:str";

	if (!tag || len == 0)
		return 0;
	if (ret_text && ((len == strlen(str) && !memcmp(tag, str, len)) ||
			 (len == 1 && *tag == '!'))) {
		*ret_text = true;
		return 0;
	}
	return yaml_complain(node, r->err, "tags are not read here");
}

/* The file is UTF-8, but an escape ("\ud800") may stand for what is not. */
static bool is_utf8(const char *text, size_t len)
{
	uint32_t c;

	for (size_t i = 0, n; i < len; i += n)
		if (!utf8_decode(text + i, len - i, &c, &n))
			return false;
	return true;
}

/* The text of a scalar; libfyaml's own of plain ones only (yaml_quoted.c,
 * yaml_block.c). False where a block is not indented as YAML asks. */
static bool text_of(const struct reader *r, const struct yaml_node *node,
		    struct fy_token *token, const char **ret, size_t *ret_len)
{
	enum fy_scalar_style style =
		token ? fy_token_scalar_style(token) : FYSS_PLAIN;
	const struct fy_mark *end = token ? fy_token_end_mark(token) : NULL;

	switch (style) {
	case FYSS_SINGLE_QUOTED:
	case FYSS_DOUBLE_QUOTED:
		yaml_source_quoted(node, r->arena, ret, ret_len);
		return true;
	case FYSS_LITERAL:
	case FYSS_FOLDED:
		return yaml_source_block(
			node, style == FYSS_FOLDED,
			r->open.len ? r->open.at[r->open.len - 1].node : NULL,
			end ? end->input_pos : 0, r->arena, ret, ret_len);
	default:
		if (token)
			*ret = fy_token_get_text(token, ret_len);
		return true;
	}
}

static int read_scalar(struct reader *r, struct fy_event *event)
{
	struct yaml_node *node = new_node(r, YAML_STRING, event);
	struct fy_token *token = event->scalar.value;
	size_t len = 0;
	const char *text = NULL;
	bool as_text = false;

	if (!text_of(r, node, token, &text, &len))
		return yaml_complain(node, r->err,
				     "the text of a block is indented more "
				     "than what it belongs to");
	if (!text)
		text = "";
	if (memchr(text, '\0', len))
		return yaml_complain(node, r->err, "a text can't hold a NUL");
	if (!is_utf8(text, len))
		return yaml_complain(node, r->err, "this text is not UTF-8");
	node->text = arena_strndup(r->arena, text, len);
	node->quoted = token && fy_token_scalar_style(token) != FYSS_PLAIN;
	yaml_source_underline(node);
	if (look_at_tag(r, event->scalar.tag, node, &as_text) < 0 ||
	    count_nodes(r, node, 1) < 0)
		return -1;
	if (!node->quoted && !as_text)
		yaml_resolve(node);
	struct anchor *anchor = take_anchor(r, event->scalar.anchor, node);
	if (anchor)
		anchor->weight = 1;
	return place_node(r, node);
}

static int read_start(struct reader *r, struct fy_event *event,
		      enum yaml_type type)
{
	bool mapping = type == YAML_MAPPING;
	struct yaml_node *node = new_node(r, type, event);
	struct fy_token *tag = mapping ? event->mapping_start.tag
				       : event->sequence_start.tag;

	if (!node->width)
		node->width = 1;
	if (look_at_tag(r, tag, node, NULL) < 0 ||
	    count_nodes(r, node, 1) < 0)
		return -1;
	if (r->open.len >= r->limits->depth)
		return complain_limit(r, node, "levels", r->limits->depth);
	struct anchor *anchor =
		take_anchor(r, mapping ? event->mapping_start.anchor
				       : event->sequence_start.anchor, node);
	*vec_push(&r->open) = (struct open_node){
		.node = node, .keys = MAP_INIT, .anchor = anchor,
		.nodes_before = r->nodes - 1,
	};
	return 0;
}

static unsigned int height_of(const struct yaml_node *node)
{
	unsigned int most = 0;

	for (size_t i = 0; i < node->count; i++) {
		unsigned int n = height_of(node->type == YAML_SEQUENCE
						   ? node->items[i]
						   : node->pairs[i].value);
		most = n > most ? n : most;
	}
	return yaml_is_scalar(node) ? 0 : most + 1;
}

/* The innermost open node is whole. */
static int read_end(struct reader *r)
{
	struct open_node *open = &r->open.at[r->open.len - 1];
	struct yaml_node *node = open->node;

	if (node->type == YAML_SEQUENCE) {
		node->count = open->items.len;
		const struct yaml_node **items = arena_array(
			r->arena, node->count + 1, sizeof(*items));
		if (node->count)
			memcpy(items, open->items.at,
			       node->count * sizeof(*items));
		node->items = items;
	} else {
		node->count = open->pairs.len;
		struct yaml_pair *pairs = arena_array(
			r->arena, node->count + 1, sizeof(*pairs));
		if (node->count)
			memcpy(pairs, open->pairs.at,
			       node->count * sizeof(*pairs));
		node->pairs = pairs;
	}
	if (open->anchor) {
		open->anchor->weight = r->nodes - open->nodes_before;
		open->anchor->height = height_of(node);
	}
	open_node_release(open);
	r->open.len--;
	return place_node(r, node);
}

static int read_alias(struct reader *r, struct fy_event *event)
{
	struct yaml_node *at = new_node(r, YAML_NULL, event);
	size_t len = 0;
	const char *text = fy_token_get_text(event->alias.anchor, &len);
	const char *name = arena_strndup(r->arena, text ? text : "",
					 text ? len : 0);
	const struct anchor *anchor = map_get(&r->anchors, name);

	at->width = 1;
	if (!anchor)
		return yaml_complain(at, r->err, "no anchor `&%s` before this",
				     name);
	if (!anchor->weight)
		return yaml_complain(at, r->err, "`*%s` holds itself", name);
	if (r->open.len + anchor->height > r->limits->depth)
		return complain_limit(r, at, "levels", r->limits->depth);
	if (count_nodes(r, at, anchor->weight) < 0)
		return -1;
	return place_node(r, anchor->node);
}

static int read_event(struct reader *r, struct fy_event *event)
{
	switch (event->type) {
	case FYET_SCALAR:
		return read_scalar(r, event);
	case FYET_SEQUENCE_START:
		return read_start(r, event, YAML_SEQUENCE);
	case FYET_MAPPING_START:
		return read_start(r, event, YAML_MAPPING);
	case FYET_SEQUENCE_END:
	case FYET_MAPPING_END:
		return r->open.len ? read_end(r) : 0;
	case FYET_ALIAS:
		return read_alias(r, event);
	case FYET_DOCUMENT_START:
		if (++r->documents > 1)
			return yaml_complain(new_node(r, YAML_NULL, event),
					     r->err,
					     "a second document begins here; "
					     "one a file is read");
		return 0;
	case FYET_NONE:
	case FYET_STREAM_START:
	case FYET_STREAM_END:
	case FYET_DOCUMENT_END:
		return 0;
	}
	return 0;
}

/* What libfyaml itself found wrong. Its marks are lines and columns from 1. */
static int complain_syntax(struct reader *r)
{
	void *iterator = NULL;
	const struct fy_diag_error *first =
		fy_diag_errors_iterate(r->diag, &iterator);
	struct yaml_node at = { .source = r->source, .text = "", .width = 1 };
	size_t line = first && first->line > 0 ? (size_t)first->line : 1;
	size_t column = first && first->column > 0 ? (size_t)first->column : 1;

	yaml_source_place(&at, yaml_source_offset(r->source, line, column));
	at.width = 1;
	return yaml_complain(&at, r->err, "%s",
			     first && first->msg ? first->msg
						 : "this is not YAML");
}

static void drop_output(struct fy_diag *diag, void *user, const char *buf,
			size_t len)
{
	(void)diag;
	(void)user;
	(void)buf;
	(void)len;
}

static int start_parser(struct reader *r)
{
	struct fy_diag_cfg diag_config;
	struct fy_parse_cfg config = {
		.flags = FYPCF_QUIET | FYPCF_JSON_NONE |
			 FYPCF_DEFAULT_VERSION_1_2,
	};

	fy_diag_cfg_default(&diag_config);
	diag_config.fp = NULL;
	diag_config.output_fn = drop_output;
	diag_config.level = FYET_ERROR;
	r->diag = fy_diag_create(&diag_config);
	if (r->diag)
		fy_diag_set_collect_errors(r->diag, true);
	config.diag = r->diag;
	r->parser = r->diag ? fy_parser_create(&config) : NULL;
	if (!r->parser || fy_parser_set_string(r->parser, r->source->text,
					       r->source->len) < 0)
		return error_set(r->err, ERROR_INTERNAL,
				 "%s: libfyaml does not start",
				 r->source->name);
	return 0;
}

static int read_events(struct reader *r)
{
	struct fy_event *event;
	int rc = 0;

	while (rc == 0 && (event = fy_parser_parse(r->parser)) != NULL) {
		rc = read_event(r, event);
		fy_parser_event_free(r->parser, event);
	}
	if (rc == 0 && fy_parser_get_stream_error(r->parser))
		rc = complain_syntax(r);
	return rc;
}

int yaml_read(const char *name, const char *text, size_t len,
	      const struct yaml_limits *limits, struct arena *arena,
	      const struct yaml_node **ret, struct error *err)
{
	struct error unused = ERROR_INIT;
	struct reader r = { .arena = arena, .err = err ? err : &unused };

	r.limits = limits ? limits : &yaml_default_limits;
	if (yaml_source_scan(name, text, len, r.limits, arena, &r.source,
			     r.err) < 0)
		return -1;
	int rc = start_parser(&r);
	if (rc == 0)
		rc = read_events(&r);
	if (rc == 0 && !r.root) {
		struct yaml_node *empty = arena_new(arena, struct yaml_node);

		empty->source = r.source;
		empty->text = "";
		yaml_source_place(empty, 0);
		r.root = empty;
	}
	if (rc == 0)
		*ret = r.root;
	reader_release(&r);
	return rc;
}

int yaml_read_file(const char *path, const char *name,
		   const struct yaml_limits *limits, struct arena *arena,
		   const struct yaml_node **ret, struct error *err)
{
	size_t cap = (limits ? limits : &yaml_default_limits)->bytes;
	struct strbuf text = STRBUF_INIT(cap);
	int rc = io_read_file(path, &text, err);

	if (rc == 0)
		rc = yaml_read(name ? name : path, text.buf, text.len, limits,
			       arena, ret, err);
	strbuf_release(&text);
	return rc;
}

const struct yaml_node *yaml_get(const struct yaml_node *node, const char *key)
{
	if (!node || node->type != YAML_MAPPING)
		return NULL;
	for (size_t i = 0; i < node->count; i++)
		if (!strcmp(node->pairs[i].key->text, key))
			return node->pairs[i].value;
	return NULL;
}

bool yaml_is_scalar(const struct yaml_node *node)
{
	return node->type != YAML_SEQUENCE && node->type != YAML_MAPPING;
}

const char *yaml_type_name(enum yaml_type type)
{
	switch (type) {
	case YAML_NULL: return "nothing";
	case YAML_BOOLEAN: return "true or false";
	case YAML_INTEGER: return "a whole number";
	case YAML_REAL: return "a number";
	case YAML_STRING: return "text";
	case YAML_SEQUENCE: return "a list";
	case YAML_MAPPING: return "a mapping";
	}
	return "something";
}
