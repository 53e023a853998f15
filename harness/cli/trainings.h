/* How far many trainings are, for whoever waits at a terminal. */
#ifndef CLI_TRAININGS_H
#define CLI_TRAININGS_H

#include <stddef.h>

/* For struct worlds_options: NULL where stderr is no terminal. */
typedef void trainings_progress_fn(void *context, size_t done, size_t of);
trainings_progress_fn *trainings_progress(void);

#endif
