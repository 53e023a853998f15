/* Any text as an expression and as a text with variables: read or refused, and
 * what is complained of lies inside it. */
#include "fuzz/targets.h"

#include "base/alloc.h"
#include "scenario/interpolate.h"
#include "scenario/jq_terms.h"

#include <stdlib.h>
#include <string.h>

static void try_terms(const char *text, struct arena *arena,
		      const json_t *input)
{
	struct strbuf shown = STRBUF_INIT(STRBUF_LINE);
	const struct jq_terms *terms;
	struct jq_fault fault = { 0 };

	if (jq_terms_read(text, arena, &terms, &fault) < 0) {
		if (fault.offset > strlen(text) || !fault.width ||
		    !*fault.message)
			abort();
		return;
	}
	for (size_t i = 0; i < terms->path_count; i++) {
		jq_path_exists(&terms->paths[i], input, &shown);
		jq_path_show(&terms->paths[i], input, &shown);
	}
	for (size_t i = 0; i < terms->name_count; i++)
		if (text[terms->names[i].offset] != '$')
			abort();
	strbuf_release(&shown);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = ARENA_INIT;
	char *text = xstrndup((const char *)data, size);
	json_t *input = json_pack("{s:{s:[i, n]}, s:s, s:f}", "a", "b", 1,
				  "c", "x", "d", 0.5);
	json_t *json = json_string(text), *made = NULL;

	try_terms(text, &arena, input);
	if (json && interpolate_tree(json, input, &made, NULL) == 0)
		json_decref(made);
	json_decref(json);
	json_decref(input);
	free(text);
	arena_release(&arena);
	return 0;
}
