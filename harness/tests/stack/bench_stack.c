/*
 * How long the parts of a stack's life take: up, an ingestion, save, restore,
 * down. Five times each, the least and the middle. Takes another stack file.
 */
#include "base/clock.h"
#include "base/io.h"
#include "stack/stack.h"
#include "tests/test.h"

enum { ROUNDS = 5 };

struct measure {
	const char *name;
	int64_t took[ROUNDS];
};

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static void print(struct measure *m)
{
	char least[CLOCK_TEXT], middle[CLOCK_TEXT];

	qsort(m->took, ROUNDS, sizeof(*m->took), by_value);
	printf("  %-8s least %8s   middle %8s\n", m->name,
	       clock_format_duration(m->took[0], least),
	       clock_format_duration(m->took[ROUNDS / 2], middle));
}

static void need(int rc, const struct error *err)
{
	if (rc == 0)
		return;
	printf("bench_stack: %s\n", err->message);
	exit(EXIT_FAILURE);
}

static int ingest(struct stack *stack, struct error *err)
{
	struct action_outcome outcome;
	json_t *params = json_pack("{s:s, s:s}", "month", "month_000",
				   "as_of", "2024-01-31");
	int rc = stack_action(stack, "ingest", params, NULL, &outcome, err);

	json_decref(params);
	if (rc == 0 && outcome.exit_code)
		rc = error_set(err, ERROR_UNAVAILABLE, "%s", outcome.err_text);
	if (rc == 0)
		json_decref(outcome.values);
	return rc;
}

/* Times what `call` gives, as round i of a measure. */
#define TIMED(measure, call) \
	do { \
		int64_t from_ = clock_monotonic(); \
		need(call, &err); \
		(measure).took[i] = clock_monotonic() - from_; \
	} while (0)

int main(int argc, char **argv)
{
	struct measure up = { .name = "up" }, ingestion = { .name = "ingest" };
	struct measure save = { .name = "save" }, down = { .name = "down" };
	struct measure restore = { .name = "restore" };
	struct arena arena = ARENA_INIT;
	struct error err = ERROR_INIT;
	char file[4096], programs[4096];

	snprintf(file, sizeof(file), "%s/scenarios/streamflow/embedded.yaml",
		 tests_srcdir());
	if (argc > 1)
		snprintf(file, sizeof(file), "%s", argv[1]);
	snprintf(programs, sizeof(programs), "%s/fixtures/streamflow",
		 tests_builddir());
	setenv("BIS_PROGRAMS", programs, 1);
	for (int i = 0; i < ROUNDS; i++) {
		struct stack_options options = { .file = file,
						 .arena = &arena };
		struct stack *stack;
		need(stack_open(&options, &stack, &err), &err);
		TIMED(up, stack_up(stack, &err));
		TIMED(ingestion, ingest(stack, &err));
		TIMED(save, stack_save(stack, "bench", &err));
		TIMED(restore, stack_restore(stack, "bench", &err));
		int64_t from = clock_monotonic();
		stack_close(stack);
		down.took[i] = clock_monotonic() - from;
	}
	printf("the embedded stack, %d times:\n", ROUNDS);
	print(&up);
	print(&ingestion);
	print(&save);
	print(&restore);
	print(&down);
	arena_release(&arena);
	return 0;
}
