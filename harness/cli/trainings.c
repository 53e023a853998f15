#include "cli/trainings.h"

#include <stdio.h>
#include <unistd.h>

static void show(void *context, size_t done, size_t of)
{
	(void)context;
	fprintf(stderr, "\r%zu of %zu trainings%s", done, of,
		done == of ? "\n" : "");
}

trainings_progress_fn *trainings_progress(void)
{
	return isatty(STDERR_FILENO) ? show : NULL;
}
