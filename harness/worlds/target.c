#include "worlds/target.h"

#include "base/language.h"
#include "base/alloc.h"
#include "base/number.h"
#include "base/suggest.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MOST_DECIMALS = 17, RANGE_DECIMALS = 3 };

static const char *metric_at(const void *list, size_t i)
{
	(void)list;
	return lab_metric_name((enum lab_metric)i);
}

static int no_metric(const char *name, struct error *err)
{
	const char *near = suggest_name(name, "", LAB_METRICS, metric_at);

	return error_set(err, ERROR_INVALID,
			 "no metric `%s`%s%s%s: there are accuracy, auc, f1 "
			 "and log_loss",
			 name, near ? "; did you mean `" : "", near ? near : "",
			 near ? "`?" : "");
}

/* Digits, a point, digits: no sign, no exponent, since a precision must be
 * read off it. */
static bool plain_number(const char *text, int *ret_decimals)
{
	size_t whole = strspn(text, "0123456789"), part = 0;

	if (text[whole] == '.')
		part = strspn(text + whole + 1, "0123456789");
	*ret_decimals = (int)part;
	return whole + part > 0 && part <= MOST_DECIMALS && whole <= 6 &&
	       !text[whole + (text[whole] == '.') + part];
}

int metric_target_parse(struct metric_target *ret, const char *text,
			const struct worlds_lab *lab, struct arena *arena,
			struct error *err)
{
	const char *equals = strchr(text, '=');
	struct metric_target t = {.metric = LAB_METRICS};

	if (!equals || equals == text)
		return error_set(err, ERROR_INVALID,
				 "'%s' is no metric with its number: "
				 "auc=.6208",
				 text);
	t.name = arena_strndup(arena, text, (size_t)(equals - text));
	t.text = arena_strdup(arena, equals + 1);
	t.metric = lab_metric_find(lab, t.name);
	if (t.metric == LAB_METRICS)
		return no_metric(t.name, err);
	if (!plain_number(t.text, &t.decimals) ||
	    !number_parse_double(t.text, &t.value))
		return error_set(err, ERROR_INVALID,
				 "%s: '%s' is no number as a report prints "
				 "it: .6208",
				 t.name, t.text);
	if (t.metric != LAB_LOG_LOSS && t.value > 1)
		return error_set(err, ERROR_INVALID,
				 "%s: %s is more than 1", t.name, t.text);
	*ret = t;
	return 0;
}

static double half_unit(const struct metric_target *target)
{
	return 0.5 * pow(10, -target->decimals) * (1 + 1e-9);
}

bool metric_target_is(const struct metric_target *target, double value)
{
	return fabs(value - target->value) <= half_unit(target);
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct metric_standing metric_standing(const struct metric_target *target,
				       const struct world *world)
{
	double *sorted = xcalloc(world->n_orders + 1, sizeof(*sorted));
	struct metric_standing s = {0};
	double half = half_unit(target);
	size_t below = 0, above = 0;

	for (size_t i = 0; i < world->n_orders; i++) {
		const struct world_order *o = &world->orders[i];
		double v = o->metrics[target->metric];

		if (o->failed || o->other_reading)
			continue;
		sorted[s.orders++] = v;
		below += v <= target->value + half;
		above += v >= target->value - half;
		s.same += metric_target_is(target, v);
	}
	qsort(sorted, s.orders, sizeof(*sorted), compare_doubles);
	s.reached = below < above ? below : above;
	s.min = s.orders ? sorted[0] : 0;
	s.max = s.orders ? sorted[s.orders - 1] : 0;
	free(sorted);
	return s;
}

static bool gives_all(const struct world_order *order,
		      const struct metric_target *targets, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (order->failed ||
		    !metric_target_is(&targets[i],
				      order->metrics[targets[i].metric]))
			return false;
	return n > 0;
}

static void judge_world(struct world_standing *s,
			const struct metric_target *targets, size_t n,
			const char *digest, struct arena *arena)
{
	const struct world *world = s->world;

	s->metrics = arena_array(arena, n + 1, sizeof(*s->metrics));
	s->reached = n > 0;
	for (size_t i = 0; i < n; i++) {
		s->metrics[i] = metric_standing(&targets[i], world);
		s->reached &= s->metrics[i].reached > 0;
	}
	for (size_t i = 0; i < world->n_orders; i++) {
		const struct world_order *o = &world->orders[i];

		if (gives_all(o, targets, n)) {
			if (!o->name)
				s->exact_random++;
			else if (!s->exact)
				s->exact = o->name;
		}
		if (digest && o->name && !s->model &&
		    (!strcasecmp(o->sha256, digest) ||
		     !strcasecmp(o->git_blob, digest)))
			s->model = o->name;
	}
}

/* The share of orders that reach the target that fewest do. */
static double share(const struct world_standing *s, size_t n)
{
	double least = 1;

	for (size_t i = 0; i < n; i++) {
		double of = (double)s->metrics[i].orders;
		double here = of ? (double)s->metrics[i].reached / of : 0;

		least = here < least ? here : least;
	}
	return least;
}

static bool is_better(const struct world_standing *a,
		      const struct world_standing *b, size_t n)
{
	if (!a->model != !b->model)
		return a->model;
	if (!a->exact != !b->exact)
		return a->exact;
	return share(a, n) > share(b, n);
}

struct world_standing *worlds_judge(const struct worlds *worlds,
				    const struct metric_target *targets,
				    size_t n_targets, const char *digest,
				    struct arena *arena)
{
	struct world_standing *list =
		arena_array(arena, worlds->len + 1, sizeof(*list));

	for (size_t w = 0; w < worlds->len; w++) {
		struct world_standing s = {.world = &worlds->at[w]};
		size_t at = w;

		judge_world(&s, targets, n_targets, digest, arena);
		while (at && is_better(&s, &list[at - 1], n_targets)) {
			list[at] = list[at - 1];
			at--;
		}
		list[at] = s;
	}
	return list;
}

void metric_say(double value, int decimals, struct strbuf *into)
{
	char text[NUMBER_TEXT];

	snprintf(text, sizeof(text), "%.*f", decimals, value);
	strbuf_addstr(into, text + (text[0] == '0' && text[1] == '.'));
}

void metric_standing_say(const struct metric_standing *s,
			 const struct metric_target *target,
			 const struct world *world, struct strbuf *into)
{
	int decimals = target->decimals < RANGE_DECIMALS ? target->decimals
							 : RANGE_DECIMALS;
	struct strbuf min = STRBUF_INIT(STRBUF_LINE);
	struct strbuf max = STRBUF_INIT(STRBUF_LINE);

	metric_say(s->min, decimals, &min);
	metric_say(s->max, decimals, &max);
	strbuf_addf(into,
		    s->reached ? WORDS("%s: %zu of %zu row orders in the world "
				       "labels=%s, features=%s lie at or "
				       "beyond it (%s to %s)")
			       : WORDS("%s: %zu of %zu row orders in the world "
				       "labels=%s, features=%s reach it (%s to "
				       "%s)"),
		    target->text, s->reached, s->orders, world->labels,
		    world->features, min.buf, max.buf);
	strbuf_release(&min);
	strbuf_release(&max);
}
