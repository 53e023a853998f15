/*
 * What claims are held against: documents, each a source, in this order:
 *
 *	recorded	what the submission's author recorded: {"runs": [...],
 *			"versions": [...], "services": [...], "service_count"}
 *	rerun		the result of a run of the scenario (result.json)
 *	data		facts of the data: {"rows": ["7043"], ...}
 *	worlds		the model trained in every history of the data
 *
 * Any of them may be missing.
 */
#ifndef CLAIMS_TRUTH_H
#define CLAIMS_TRUTH_H

#include "base/arena.h"
#include "base/vec.h"
#include "event/result.h"
#include "worlds/target.h"

#include <jansson.h>

struct truth {
	json_t *recorded, *rerun, *data; /* or NULL */
	struct worlds_lab lab; /* lab.path NULL: not known */
	const struct worlds *worlds; /* or NULL */
	/* A recorded model that is, byte for byte, the one that is trained in
	 * that world, with the rows in that order; or NULLs. */
	const struct world *settled;
	const struct world_order *settled_order;
	const char *settled_says;
	VEC(const char *) notes; /* what could not be read; the arena's */
};

void truth_release(struct truth *truth);

/* A result.json. `invalid` where it is none. */
int truth_read_result(struct truth *truth, const char *path, struct error *err);
/* The same of a run at hand. */
void truth_take_result(struct truth *truth, const struct result *result);

/* A submission's recorded evidence (submission/evidence.h; borrowed), and the
 * services of the compose file in its root. */
void truth_take_recorded(struct truth *truth, const char *root,
			 const json_t *recorded, struct arena *arena);

/* Reads the months and trains in every world of them; what was recorded, if
 * it was taken before, is looked for among the models. */
int truth_take_data(struct truth *truth, const char *lab,
		    const struct worlds_options *options, struct arena *arena,
		    struct error *err);

/* A value that a path leads to. */
struct truth_value {
	const char *text;
	const char *run_id; /* of the run that it is part of, or NULL */
	const char *world;  /* of that run: "" or NULL: the scenario's own */
};
struct truth_values {
	struct truth_value *at;
	size_t len, alloc;
};

/* Appends what the paths lead to; the arena's, vec_release() the list. */
void truth_follow(const json_t *document, const json_t *paths,
		  struct arena *arena, struct truth_values *into);

/* The verdict of a check in a result, or NULL. */
const char *truth_check(const json_t *result, const char *id);

#endif
