/*
 * The room that images of a class's submissions take (`--max-disk`): those of
 * students who are graded are kept as long as there is room, since others may
 * share them.
 */
#ifndef GRADE_ROOM_H
#define GRADE_ROOM_H

#include "grade/batch.h"

/* The tags that graded students' runs used and that were built for them, the
 * least recently used first. Arena, ends with NULL. */
const char *const *room_unused_images(const struct batch *batch,
				      size_t *ret_count);

/* After somebody was graded: whether the images take more than they may. */
bool room_is_short(const struct batch *batch);
/* While nobody runs: removes of them what is too much, and a bit more, so that
 * this isn't needed again at once. -1: the journal can't be written. */
int room_make(struct batch *batch, struct error *err);

#endif
