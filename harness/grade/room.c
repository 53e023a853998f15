#include "grade/room.h"

#include "base/clock.h"
#include "stack/image_cache.h"

#include <stdlib.h>
#include <string.h>

/* How full it is left, in percent. */
enum { LEFT_FULL = 80 };

struct used_image {
	const char *tag;
	int64_t last; /* when a run that used it ended */
};

static int by_last(const void *a, const void *b)
{
	const struct used_image *x = a, *y = b;

	if (x->last != y->last)
		return x->last < y->last ? -1 : 1;
	return strcmp(x->tag, y->tag);
}

struct used_images {
	VEC(struct used_image) at;
};

static void add(struct used_images *images, const char *tag, int64_t last)
{
	for (size_t i = 0; i < images->at.len; i++) {
		struct used_image *image = &images->at.at[i];

		if (strcmp(image->tag, tag) != 0)
			continue;
		if (image->last < last)
			image->last = last;
		return;
	}
	*vec_push(&images->at) = (struct used_image){ tag, last };
}

const char *const *room_unused_images(const struct batch *batch,
				      size_t *ret_count)
{
	struct used_images images = { VEC_INIT };
	const char **tags;

	for (size_t i = 0; i < batch->students.len; i++) {
		const struct job *job = &batch->students.at[i];

		for (size_t n = 0; n < job->image_count; n++)
			add(&images, job->images[n], job->ended);
	}
	if (images.at.len)
		qsort(images.at.at, images.at.len, sizeof(*images.at.at),
		      by_last);
	tags = arena_array(batch->arena, images.at.len + 1, sizeof(*tags));
	for (size_t i = 0; i < images.at.len; i++)
		tags[i] = images.at.at[i].tag;
	*ret_count = images.at.len;
	vec_release(&images.at);
	return tags;
}

bool room_is_short(const struct batch *batch)
{
	size_t removed;
	int64_t bytes;

	return batch->max_disk &&
	       image_cache_trim(NULL, 0, batch->max_disk, &removed, &bytes,
				NULL) == 0 &&
	       bytes > batch->max_disk;
}

int room_make(struct batch *batch, struct error *err)
{
	size_t count, removed;
	const char *const *tags = room_unused_images(batch, &count);
	char time[CLOCK_TEXT];
	int64_t bytes;

	if (image_cache_trim(tags, count, batch->max_disk / 100 * LEFT_FULL,
			     &removed, &bytes, NULL) < 0)
		return 0;
	return journal_add(batch->journal, json_pack(
		"{s:s, s:I, s:I, s:s}", "event", "images removed", "images",
		(json_int_t)removed, "bytes", (json_int_t)bytes, "time",
		clock_format_iso(clock_now(), time)), err);
}
