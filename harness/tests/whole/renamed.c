#include "tests/whole/renamed.h"

#include "tests/test.h"

#include "base/compiler.h"
#include "base/io.h"
#include "base/strbuf.h"

#include <ctype.h>
#include <sys/random.h>

static const char *const tables[] = {
	"users", "subscriptions", "usage_agg_30d", "payments_agg_90d",
	"support_agg_90d", "labels", "subscriptions_profile_snapshots",
	"usage_agg_30d_snapshots", "payments_agg_90d_snapshots",
	"support_agg_90d_snapshots", "labels_snapshots", "online_features",
	"feature_views", "answers", "labels_dated",
};

/* Names of metrics that the scenario knows. */
static const char *const metrics[][2] = {
	{ "auc", "val_auc" }, { "f1", "val_f1" }, { "accuracy", "val_accuracy" },
};

/* A word that no program has in its tables. */
static const char *chance(struct arena *arena)
{
	unsigned char bytes[8];
	char *word = arena_alloc(arena, sizeof(bytes) + 2);

	ck_assert_int_eq(getrandom(bytes, sizeof(bytes), 0), sizeof(bytes));
	*word = 'q';
	for (size_t i = 0; i < sizeof(bytes); i++)
		word[i + 1] = (char)('a' + bytes[i] % 26);
	word[sizeof(bytes) + 1] = '\0';
	return word;
}

static void save(struct arena *arena, const char *folder, const char *name,
		 const struct strbuf *text, unsigned int mode)
{
	struct error err = ERROR_INIT;
	const char *path = arena_printf(arena, "%s/%s", folder, name);

	ck_assert_msg(!io_write_file(path, text->buf, text->len, mode, &err),
		      "%s", err.message);
}

static void load(struct arena *arena, const char *name, struct strbuf *ret)
{
	struct error err = ERROR_INIT;
	const char *path = arena_printf(arena, "%s/scenarios/streamflow/%s",
					tests_srcdir(), name);

	ck_assert_msg(!io_read_file(path, ret, &err), "%s", err.message);
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* `from` behind one of the words, as a whole word, becomes `to`. */
static void replace_behind(struct strbuf *text, const char *before,
			   const char *from, const char *to)
{
	struct strbuf out = STRBUF_INIT(STRBUF_TEXT);
	size_t b = strlen(before), f = strlen(from);
	const char *p = text->buf;

	while (*p) {
		if (!strncmp(p, before, b) && !strncmp(p + b, from, f) &&
		    !is_word(p[b + f])) {
			strbuf_addf(&out, "%s%s", before, to);
			p += b + f;
		} else {
			strbuf_addch(&out, *p++);
		}
	}
	strbuf_release(text);
	*text = out;
}

static void rename_services(struct arena *arena, struct strbuf *stack)
{
	static const char *const services[] = { "postgres", "tracking", "api" };

	for (size_t i = 0; i < ARRAY_SIZE(services); i++) {
		const char *old = services[i], *to = chance(arena);
		const char *key = arena_printf(arena, "\n  %s:\n", old);
		const char *new_key = arena_printf(arena, "\n  %s:\n", to);
		replace_behind(stack, "", key, new_key);
		replace_behind(stack, "${url.", old, to);
		replace_behind(stack, "${", arena_printf(arena, "%s.", old),
			       arena_printf(arena, "%s.", to));
		replace_behind(stack, "needs: [", old, to);
		replace_behind(stack, "restart: [", old, to);
		/* The second of two that are needed. */
		replace_behind(stack, ", ", arena_printf(arena, "%s]\n",
							 old),
			       arena_printf(arena, "%s]\n", to));
	}
}

void renamed_make(struct arena *arena, const char *folder, const char *name,
		  struct renamed *ret)
{
	struct strbuf tp4 = STRBUF_INIT(STRBUF_TEXT);
	struct strbuf strict = STRBUF_INIT(STRBUF_TEXT);
	struct strbuf stack = STRBUF_INIT(STRBUF_TEXT);
	struct strbuf wrapper = STRBUF_INIT(STRBUF_TEXT);
	struct strbuf vars = STRBUF_INIT(STRBUF_TEXT);
	const char *program = chance(arena);
	const char *streamflow = arena_printf(arena, "%s/streamflow", folder);

	ck_assert_int_eq(io_make_folders(streamflow, 0755, NULL), 0);
	*ret = (struct renamed){ .scenarios = folder, .path = folder,
				 .fault = chance(arena) };
	load(arena, "tp4.yaml", &tp4);
	load(arena, "tp4-strict.yaml", &strict);
	load(arena, "embedded.yaml", &stack);
	strbuf_addstr(&vars, "rename=");
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		const char *to = chance(arena);
		strbuf_addf(&vars, "%s=%s,", tables[i], to);
		replace_behind(&tp4, "FROM ", tables[i], to);
		replace_behind(&tp4, "JOIN ", tables[i], to);
	}
	for (size_t i = 0; i < ARRAY_SIZE(metrics); i++)
		strbuf_addf(&vars, "%s%s=%s", i ? "," : "", metrics[i][0],
			    metrics[i][1]);
	rename_services(arena, &stack);
	replace_behind(&stack, "programs:\n", "  streamflow: streamflow\n",
		       arena_printf(arena, "  streamflow: %s\n"
				    "  inner: streamflow\n", program));
	/* The stack knows the fault by its random name alone. */
	strbuf_addf(&wrapper,
		    "#!/bin/bash\n"
		    "exec \"$(dirname \"$0\")/inner\" \"${@/#%s/%s}\"\n",
		    ret->fault, name);
	save(arena, streamflow, "tp4.yaml", &tp4, 0644);
	save(arena, streamflow, "tp4-strict.yaml", &strict, 0644);
	save(arena, streamflow, "embedded.yaml", &stack, 0644);
	save(arena, folder, program, &wrapper, 0755);
	ret->vars = arena_strdup(arena, vars.buf);
	strbuf_release(&tp4);
	strbuf_release(&strict);
	strbuf_release(&stack);
	strbuf_release(&wrapper);
	strbuf_release(&vars);
}
