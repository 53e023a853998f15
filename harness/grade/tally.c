#include "grade/tally.h"

#include "base/hash.h"
#include "base/map.h"
#include "grade/result_file.h"

#include <stdlib.h>
#include <string.h>

struct tallying {
	const struct tally_options *options;
	struct class_result *c;
	struct map mistakes;   /* "check cause" -> index + 1 */
	struct map identities; /* digest of a model -> index + 1 of its first */
};

/* The checks and exercises of the class are those of its first result. */
static void take_shape(struct class_result *c, const struct result *result)
{
	struct arena *arena = c->arena;

	c->max_points = 0;
	for (size_t i = 0; i < result->exercises.len; i++) {
		const struct exercise_result *e = result->exercises.at[i];

		*vec_push(&c->exercises) = (struct class_exercise){
			arena_strdup(arena, e->id),
			{ arena_strdup(arena, e->title.en),
			  arena_strdup(arena, e->title.fr) },
			e->max_points,
		};
		c->max_points += e->max_points;
		for (size_t j = 0; j < e->checks.len; j++) {
			const struct check_result *check = e->checks.at[j];

			*vec_push(&c->checks) = (struct class_check){
				.id = arena_strdup(arena, check->id),
				.exercise = i,
				.title = { arena_strdup(arena, check->title.en),
					   arena_strdup(arena,
							check->title.fr) },
				.max_points = check->max_points,
			};
		}
	}
}

static const struct diagnosis *cause_of(const struct result *result,
					const char *check)
{
	for (size_t i = 0; i < result->diagnosis.len; i++)
		if (result->diagnosis.at[i]->check &&
		    !strcmp(result->diagnosis.at[i]->check, check))
			return result->diagnosis.at[i];
	return NULL;
}

static void add_mistake(struct tallying *t, size_t student, size_t index,
			const struct check_result *check,
			const struct diagnosis *d)
{
	struct arena *arena = t->c->arena;
	const char *key = arena_printf(arena, "%s %s", check->id,
				       d ? d->cause : "");
	size_t at = (size_t)(uintptr_t)map_get(&t->mistakes, key);

	if (!at) {
		*vec_push(&t->c->mistakes) = (struct class_mistake){
			.check = index,
			.cause = d ? arena_strdup(arena, d->cause) : NULL,
			.words = { d ? arena_strdup(arena, d->words.en) : NULL,
				   d ? arena_strdup(arena, d->words.fr)
				     : NULL },
		};
		at = t->c->mistakes.len;
		map_put(&t->mistakes, key, (void *)(uintptr_t)at);
	}
	*vec_push(&t->c->mistakes.at[at - 1].students) = student;
	t->c->mistakes.at[at - 1].points += check->max_points - check->points;
}

static void add_oddity(struct tallying *t, size_t student, const char *check,
		       double pending, const char *text)
{
	struct arena *arena = t->c->arena;

	*vec_push(&t->c->oddities) = (struct class_oddity){
		student, arena_strdup(arena, check), pending,
		arena_strdup(arena, text),
	};
}

/* What looks like gaming is for a person, never straight into points. */
static bool is_suspicion(const struct diagnosis *d)
{
	return d && (!strcmp(d->cause, "hard-coded") ||
		     !strcmp(d->cause, "metrics-not-from-model"));
}

static void take_check(struct tallying *t, size_t student, size_t index,
		       const struct result *result,
		       const struct check_result *check)
{
	struct class_check *of_class = &t->c->checks.at[index];
	const struct diagnosis *d = cause_of(result, check->id);

	t->c->students.at[student].verdicts[index] =
		(unsigned char)check->verdict;
	of_class->students++;
	of_class->counts[check->verdict]++;
	of_class->inherited += check->inherited;
	if (check->override)
		return;
	if (check->verdict == VERDICT_FAILED && !check->inherited)
		add_mistake(t, student, index, check, d);
	if (verdict_is_pending(check->verdict) && check->max_points > 0)
		add_oddity(t, student, check->id, check->max_points,
			   check->actual ? check->actual : "it did not say");
	else if (check->verdict == VERDICT_FAILED && is_suspicion(d))
		add_oddity(t, student, check->id, 0,
			   d->words.en ? d->words.en : d->cause);
	else if (check->inherited && check->max_points > 0 &&
		 check->asked == ASKED_STATED)
		add_oddity(t, student, check->id, 0,
			   "the template fails this as well, though the "
			   "handout asks for it: its points were given");
}

static void take_checks(struct tallying *t, size_t student,
			const struct result *result)
{
	struct class_student *s = &t->c->students.at[student];

	memset(s->verdicts, CLASS_NO_VERDICT, t->c->checks.len);
	for (size_t i = 0; i < t->c->checks.len; i++) {
		const struct check_result *check =
			result_find_check(result, t->c->checks.at[i].id);

		if (check)
			take_check(t, student, i, result, check);
	}
	for (size_t i = 0; i < t->c->exercises.len &&
			   i < result->exercises.len; i++) {
		s->exercise_points[i] = result->exercises.at[i]->points;
		s->exercise_pending[i] = result->exercises.at[i]->pending;
	}
	for (size_t i = 0; i < result->remedies.len; i++)
		add_oddity(t, student, NULL, 0,
			   arena_printf(t->c->arena, "repaired: %s",
					result->remedies.at[i].id));
}

/* The largest artifact of the first graded training is its model: equal
 * bytes are equal values. */
static const char *model_of(const struct result *result)
{
	const struct artifact_record *best = NULL;

	for (size_t i = 0; i < result->runs.len; i++) {
		const struct train_record *run = result->runs.at[i];

		if (run->world && *run->world)
			continue;
		for (size_t j = 0; j < run->artifacts.len; j++) {
			const struct artifact_record *a = &run->artifacts.at[j];

			if (!best || a->digest.size > best->digest.size)
				best = a;
		}
		break;
	}
	return !best ? NULL
		: best->canonical ? best->canonical : best->digest.sha256;
}

static void take_identity(struct tallying *t, size_t student,
			  const struct result *result)
{
	const char *model = model_of(result);
	struct class_student *s = &t->c->students.at[student], *first;
	size_t at;

	if (!model)
		return;
	at = (size_t)(uintptr_t)map_get(&t->identities, model);
	if (!at) {
		map_put(&t->identities, model,
			(void *)(uintptr_t)(student + 1));
		return;
	}
	first = &t->c->students.at[at - 1];
	if (!first->identity)
		first->identity = ++t->c->identities;
	s->identity = first->identity;
}

static int take_result(struct tallying *t, size_t student,
		       struct result *result, struct error *err)
{
	struct class_student *s = &t->c->students.at[student];
	const struct tally_options *o = t->options;

	if (o->given)
		s->inherited = inherit(o->given, result);
	if (o->overrides && overrides_apply(o->overrides, s->id, result,
					    &s->overrides, err) < 0)
		return -1;
	totals_add_up(result);
	result->folder = s->folder;
	if (!t->c->checks.len) {
		take_shape(t->c, result);
		t->c->title = (struct bilingual){
			arena_strdup(t->c->arena, result->title.en),
			arena_strdup(t->c->arena, result->title.fr),
		};
	}
	s->verdict = result->verdict;
	s->points = result->points;
	s->pending = result->pending;
	s->max_points = result->max_points;
	s->duration = result->duration;
	s->exercise_points = arena_array(t->c->arena, t->c->exercises.len,
					 sizeof(double));
	s->exercise_pending = arena_array(t->c->arena, t->c->exercises.len,
					  sizeof(double));
	s->verdicts = arena_array(t->c->arena, t->c->checks.len + 1, 1);
	take_checks(t, student, result);
	take_identity(t, student, result);
	return o->listener ? o->listener->result(o->listener, s, result, err)
			   : 0;
}

static int take_student(struct tallying *t, const struct job *job,
			struct error *err)
{
	struct class_result *c = t->c;
	struct arena arena = ARENA_INIT;
	struct result *result = NULL;
	int rc = 0;

	*vec_push(&c->students) = (struct class_student){
		.id = job->entry->id, .name = job->entry->name,
		.slug = job->entry->slug,
		.folder = arena_printf(c->arena, "students/%s",
				       job->entry->slug),
	};
	if (job->state != JOB_GRADED) {
		c->students.at[c->students.len - 1].problem = job->why
			? job->why : "not yet";
		return 0;
	}
	rc = result_file_read(job->folder.result, &arena, &result, err);
	if (!rc)
		rc = take_result(t, c->students.len - 1, result, err);
	result_release(result);
	arena_release(&arena);
	return rc;
}

static int by_students(const void *a, const void *b)
{
	const struct class_mistake *x = a, *y = b;

	if (x->students.len != y->students.len)
		return x->students.len < y->students.len ? 1 : -1;
	if (x->points != y->points)
		return x->points < y->points ? 1 : -1;
	if (x->check != y->check)
		return x->check < y->check ? -1 : 1;
	return strcmp(x->cause ? x->cause : "", y->cause ? y->cause : "");
}

static void find_questions(struct class_result *c)
{
	for (size_t i = 0; i < c->checks.len; i++) {
		struct class_check *check = &c->checks.at[i];
		size_t bad = check->counts[VERDICT_FAILED] +
			     check->counts[VERDICT_BLOCKED];

		check->question = check->students >= TALLY_QUESTION &&
				  2 * bad > check->students;
	}
}

struct alias {
	char digest[SHA256_HEX];
	size_t student;
};

static int by_digest(const void *a, const void *b)
{
	return strcmp(((const struct alias *)a)->digest,
		      ((const struct alias *)b)->digest);
}

static void give_aliases(struct class_result *c, const char *salt)
{
	struct alias *aliases = xcalloc(c->students.len + 1, sizeof(*aliases));

	for (size_t i = 0; i < c->students.len; i++) {
		struct sha256 h;

		sha256_init(&h);
		sha256_add(&h, salt, strlen(salt) + 1);
		sha256_add(&h, c->students.at[i].id,
			   strlen(c->students.at[i].id));
		sha256_finish(&h, aliases[i].digest);
		aliases[i].student = i;
	}
	qsort(aliases, c->students.len, sizeof(*aliases), by_digest);
	for (size_t i = 0; i < c->students.len; i++)
		c->students.at[aliases[i].student].alias = i + 1;
	free(aliases);
}

int tally(const struct tally_options *options, struct class_result *into,
	  struct error *err)
{
	struct tallying t = { options, into, MAP_INIT, MAP_INIT };
	int rc = 0;

	into->given = options->given != NULL;
	for (size_t i = 0; !rc && i < options->batch->students.len; i++)
		rc = take_student(&t, &options->batch->students.at[i], err);
	if (into->mistakes.len)
		qsort(into->mistakes.at, into->mistakes.len,
		      sizeof(*into->mistakes.at), by_students);
	find_questions(into);
	give_aliases(into, options->salt);
	map_release(&t.mistakes);
	map_release(&t.identities);
	return rc;
}
