/*
 * A number as somebody wrote it, and where it lies among what the row orders
 * of a world give.
 *
 * Numbers compare at the precision at which they are written: `.6208` is
 * whatever rounds to it. "At or beyond" counts the orders on the number's side
 * of a world's median that lie at least as far out as it does; a spread is
 * said as counts and ranges, never as standard deviations.
 */
#ifndef WORLDS_TARGET_H
#define WORLDS_TARGET_H

#include "base/arena.h"
#include "base/strbuf.h"
#include "worlds/world.h"

struct metric_target {
	enum lab_metric metric;
	const char *name; /* as given */
	const char *text; /* the number as given */
	double value;
	int decimals;
};

/* "auc=.6208". `invalid`: no such metric (with a suggestion), no number, one
 * out of the metric's range. */
int metric_target_parse(struct metric_target *ret, const char *text,
			const struct worlds_lab *lab, struct arena *arena,
			struct error *err);

/* Whether a value is the number at its precision. */
bool metric_target_is(const struct metric_target *target, double value);

struct metric_standing {
	size_t orders;  /* that could be measured */
	size_t reached; /* at or beyond, on its side of the median */
	size_t same;    /* of which are the number itself */
	double min, max;
};

struct metric_standing metric_standing(const struct metric_target *target,
				       const struct world *world);

/* A world against all targets. */
struct world_standing {
	const struct world *world;
	struct metric_standing *metrics; /* by target */
	bool reached;        /* every target is, by some order */
	const char *exact;   /* a named order that gives every target */
	size_t exact_random; /* how many random orders do */
	const char *model;   /* a named order that gives the model asked for */
};

/*
 * Every world, best first: the model asked for, then all targets exactly, then
 * by the share of orders that reach the target that fewest do. digest: of the
 * model as SHA-256 or as git's blob id, or NULL. The arena's.
 */
struct world_standing *worlds_judge(const struct worlds *worlds,
				    const struct metric_target *targets,
				    size_t n_targets, const char *digest,
				    struct arena *arena);

/* ".6208: 0 of 200 row orders in the world labels=month_000,
 * features=month_000 reach it (.790 to .841)" */
void metric_standing_say(const struct metric_standing *s,
			 const struct metric_target *target,
			 const struct world *world, struct strbuf *into);

/* ".7902": no zero before the point, `decimals` digits. */
void metric_say(double value, int decimals, struct strbuf *into);

#endif
