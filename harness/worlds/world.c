#include "worlds/world.h"

#include "base/alloc.h"
#include "base/interrupt.h"
#include "base/io.h"
#include "base/path.h"
#include "base/vec.h"
#include "model/threads.h"
#include "worlds/rows.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { ORDER_FILE_CAP = 64 << 20 };

/* While worlds are made. */
struct making {
	const struct worlds_lab *lab;
	const struct worlds_options *options;
	struct arena *arena;
	struct month **months; /* by reading of empty cells, and number */
	size_t n_months;
	const char **listed; /* the keys of the order file */
	size_t n_listed;
	struct world_rows *rows; /* by world and reading */
	size_t n_rows;
	struct row_order **orders;
	struct worlds worlds;
};

static int read_month(struct making *m, const struct lab_month *month,
		      struct error *err)
{
	for (size_t r = 0; r < m->lab->n_readings; r++)
		if (month_read(&m->months[r][m->n_months], m->lab, month, r,
			       m->options->data, m->arena, err) < 0)
			return -1;
	/* Later months find the tables filled already. */
	if (!m->n_months++)
		return month_read_heap(&m->months[0][0], m->lab,
				       m->options->data, m->arena, err);
	return 0;
}

static int read_months(struct making *m, struct error *err)
{
	const struct worlds_lab *lab = m->lab;
	const char *dir = m->options->data;

	m->months = arena_array(m->arena, lab->n_readings, sizeof(*m->months));
	for (size_t r = 0; r < lab->n_readings; r++)
		m->months[r] = arena_array(m->arena, lab->n_months,
					   sizeof(**m->months));
	for (size_t i = 0; i < lab->n_months; i++)
		if (io_exists(path_join(m->arena, dir,
					lab->months[i].folder)) &&
		    read_month(m, &lab->months[i], err) < 0)
			return -1;
	if (m->n_months)
		return 0;
	return error_set(err, ERROR_UNAVAILABLE,
			 "%s holds no month: none of the folders that %s "
			 "names (%s, ...) is there",
			 dir, lab->path, lab->months[0].folder);
}

/* Features are those of as_of's month. */
static int check_as_of(const struct making *m, struct error *err)
{
	const char *as_of = m->options->as_of;

	for (size_t i = 0; as_of && i < m->lab->n_months; i++) {
		if (strcmp(m->lab->months[i].as_of, as_of) != 0)
			continue;
		for (size_t k = 0; k < m->n_months; k++)
			if (!strcmp(m->months[0][k].name,
				    m->lab->months[i].folder))
				return 0;
		return error_set(err, ERROR_UNAVAILABLE,
				 "%s has no folder %s, which holds the data of "
				 "%s",
				 m->options->data, m->lab->months[i].folder,
				 as_of);
	}
	if (!as_of)
		return 0;
	return error_set(err, ERROR_INVALID,
			 "%s names no month of %s; its first is %s, of %s",
			 m->lab->path, as_of, m->lab->months[0].folder,
			 m->lab->months[0].as_of);
}

/* One key a line. */
static int read_order_file(struct making *m, struct error *err)
{
	const char *path = m->options->order_file;
	struct strbuf text = STRBUF_INIT(ORDER_FILE_CAP);
	VEC(const char *) keys = VEC_INIT;
	int result;

	if (!path)
		return 0;
	result = io_read_file(path, &text, err);
	for (char *at = text.buf; !result && *at;) {
		size_t len = strcspn(at, "\r\n");

		if (len)
			*vec_push(&keys) = arena_strndup(m->arena, at, len);
		at += len;
		at += strspn(at, "\r\n");
	}
	m->n_listed = keys.len;
	m->listed = arena_array(m->arena, keys.len + 1, sizeof(char *));
	if (keys.len)
		memcpy(m->listed, keys.at, keys.len * sizeof(char *));
	vec_release(&keys);
	strbuf_release(&text);
	return result;
}

/* Rows in the order of keys; NULL where these aren't the world's rows, each
 * once. Keys of others are passed over. */
static size_t *order_by(const struct world_rows *rows, const struct map *index,
			const char *const *keys, size_t n, struct arena *arena)
{
	size_t *order = arena_array(arena, rows->n, sizeof(*order));
	bool *seen = xcalloc(rows->n, sizeof(*seen));
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		const char **at = map_get(index, keys[i]);
		size_t row = at ? (size_t)(at - rows->keys) : SIZE_MAX;

		if (!at)
			continue;
		if (seen[row])
			break;
		seen[row] = true;
		order[len++] = row;
	}
	free(seen);
	return len == rows->n ? order : NULL;
}

static int compare_keys(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct order_list {
	struct row_order *at;
	size_t len, alloc;
};

/* The named orders of one world, in one reading of its empty cells. */
struct naming {
	const struct making *m;
	const struct world_rows *rows;
	struct map index; /* key -> &rows->keys[i] */
	size_t reading, first; /* where its orders begin in the list */
	struct order_list *list;
};

/* What the first feature with so many readings makes of an empty cell. */
static const char *reading_name(const struct worlds_lab *lab, size_t reading)
{
	for (size_t f = 0; f < lab->n_features; f++)
		if (lab->features[f].n_missing > reading)
			return lab->features[f].missing[reading];
	return "?";
}

/* An order that is another's is not fitted twice. */
static void add_named(struct naming *n, const char *name,
		      const char *const *keys, size_t n_keys)
{
	struct arena *arena = n->m->arena;
	size_t *order = order_by(n->rows, &n->index, keys, n_keys, arena);

	if (!order)
		return;
	for (size_t i = n->first; i < n->list->len; i++)
		if (!memcmp(n->list->at[i].rows, order,
			    n->rows->n * sizeof(*order)))
			return;
	if (n->reading)
		name = arena_printf(arena, "%s, empty cells as %s", name,
				    reading_name(n->m->lab, n->reading));
	*vec_push(n->list) = (struct row_order){
		.of = n->rows,
		.name = name,
		.rows = order,
		.other_reading = n->reading > 0,
	};
}

static void name_orders(struct naming *n)
{
	const struct making *m = n->m;
	const char **sorted = xcalloc(n->rows->n, sizeof(*sorted));

	for (size_t i = 0; i < n->rows->n; i++)
		map_put(&n->index, n->rows->keys[i], &n->rows->keys[i]);
	if (m->listed)
		add_named(n, "the list given", m->listed, m->n_listed);
	for (size_t i = 0; i < m->n_months; i++)
		for (size_t t = 0; t < m->months[0][i].n_orders; t++) {
			const struct month_order *o =
				&m->months[0][i].orders[t];

			add_named(n, o->what, o->keys, o->n);
		}
	memcpy(sorted, n->rows->keys, n->rows->n * sizeof(*sorted));
	qsort(sorted, n->rows->n, sizeof(*sorted), compare_keys);
	add_named(n, "key order", sorted, n->rows->n);
	free(sorted);
	map_release(&n->index);
}

/* Of `wanted` orders those with a name first; other readings beside. */
static void make_orders(struct making *m, const struct world_rows *rows,
			struct world *world, struct row_order **ret)
{
	size_t wanted = m->options->orders ? m->options->orders
					   : m->lab->orders;
	struct order_list list = VEC_INIT;

	for (size_t r = 0; r < m->lab->n_readings; r++) {
		struct naming n = {.m = m,
				   .rows = &rows[r],
				   .index = MAP_INIT,
				   .reading = r,
				   .first = list.len,
				   .list = &list};

		name_orders(&n);
		for (uint32_t seed = 1; !r && list.len < wanted; seed++)
			*vec_push(&list) = (struct row_order){
				.of = &rows[0], .seed = seed};
	}
	*ret = arena_array(m->arena, list.len, sizeof(*list.at));
	memcpy(*ret, list.at, list.len * sizeof(*list.at));
	world->n_orders = list.len;
	world->orders = arena_array(m->arena, list.len, sizeof(*world->orders));
	world->n_rows = rows->n;
	vec_release(&list);
}

static int make_world(struct making *m, size_t labels, size_t features,
		      struct error *err)
{
	size_t w = m->worlds.len++;
	struct world *world = &m->worlds.at[w];
	struct world_rows *rows = &m->rows[m->n_rows];

	world->labels = m->months[0][labels].name;
	world->features = m->months[0][features].name;
	for (size_t r = 0; r < m->lab->n_readings; r++) {
		if (world_rows_make(&m->rows[m->n_rows], m->lab,
				    &m->months[r][labels],
				    &m->months[r][features], m->arena, err) < 0)
			return -1;
		m->n_rows++;
	}
	make_orders(m, rows, world, &m->orders[w]);
	return 0;
}

static int make_worlds(struct making *m, struct error *err)
{
	size_t most = m->n_months * m->n_months;

	m->worlds.at = arena_array(m->arena, most, sizeof(*m->worlds.at));
	m->rows = arena_array(m->arena, most * m->lab->n_readings,
			      sizeof(*m->rows));
	m->orders = arena_array(m->arena, most, sizeof(*m->orders));
	for (size_t f = 0; f < m->n_months; f++) {
		if (m->options->as_of && strcmp(m->months[0][f].as_of,
						m->options->as_of) != 0)
			continue;
		for (size_t l = 0; l < m->n_months; l++)
			if (make_world(m, l, f, err) < 0)
				return -1;
	}
	return 0;
}

/* What the threads share: a fit is a job, taken in turn from each world. */
struct work {
	struct making *m;
	atomic_size_t next;
	atomic_size_t done;
	size_t of;
	atomic_bool interrupted, reporting;
};

static bool find_job(const struct making *m, size_t job, size_t *ret_world,
		     size_t *ret_order)
{
	for (size_t w = 0; w < m->worlds.len; w++) {
		size_t n = m->worlds.at[w].n_orders;

		if (job < n) {
			*ret_world = w;
			*ret_order = job;
			return true;
		}
		job -= n;
	}
	return false;
}

static void report(struct work *work)
{
	const struct worlds_options *o = work->m->options;

	if (!o->progress || atomic_exchange(&work->reporting, true))
		return;
	o->progress(o->context, atomic_load(&work->done), work->of);
	atomic_store(&work->reporting, false);
}

static void *fit_some(void *arg)
{
	struct work *work = arg;
	struct making *m = work->m;
	size_t w, i;

	while (find_job(m, atomic_fetch_add(&work->next, 1), &w, &i)) {
		struct world_order *order = &m->worlds.at[w].orders[i];

		if (interrupt_signal()) {
			atomic_store(&work->interrupted, true);
			break;
		}
		world_rows_fit(m->lab, &m->orders[w][i], m->options->digests,
			       order);
		atomic_fetch_add(&work->done, 1);
		report(work);
	}
	return NULL;
}

static int fit_all(struct making *m, struct error *err)
{
	struct work work = {.m = m};

	for (size_t w = 0; w < m->worlds.len; w++)
		work.of += m->worlds.at[w].n_orders;
	threads_run(fit_some, &work, threads_processors());
	if (atomic_load(&work.interrupted))
		return error_set(err, ERROR_CANCELLED,
				 "stopped after %zu of %zu trainings",
				 atomic_load(&work.done), work.of);
	for (size_t w = 0; w < m->worlds.len; w++) {
		const struct world *world = &m->worlds.at[w];
		size_t i = 0;

		while (i < world->n_orders && world->orders[i].failed)
			i++;
		if (i == world->n_orders)
			return error_set(err, ERROR_INVALID,
					 "labels=%s, features=%s: no order of "
					 "the rows can be trained on: %s",
					 world->labels, world->features,
					 world->orders[0].why);
	}
	return 0;
}

int worlds_fit(const struct worlds_lab *lab,
	       const struct worlds_options *options, struct arena *arena,
	       struct worlds *ret, struct error *err)
{
	struct making m = {.lab = lab, .options = options, .arena = arena};
	int result = read_months(&m, err);

	if (!result)
		result = check_as_of(&m, err);
	if (!result)
		result = read_order_file(&m, err);
	if (!result)
		result = make_worlds(&m, err);
	if (!result)
		result = fit_all(&m, err);
	for (size_t i = 0; i < m.n_rows; i++)
		world_rows_release(&m.rows[i]);
	for (size_t r = 0; m.months && r < lab->n_readings; r++)
		for (size_t i = 0; m.months[r] && i < lab->n_months; i++)
			month_release(&m.months[r][i]);
	if (!result)
		*ret = m.worlds;
	return result;
}
