#include "model/numpy_pickle.h"
#include "base/compiler.h"

struct type_spec {
	const char *code;
	const char *order; /* of its bytes */
	size_t size;
	int flags;
};

static const struct type_spec specs[NUMPY_TYPES] = {
	[NUMPY_BOOL] = {"b1", "|", 1, 0},
	[NUMPY_INT64] = {"i8", "<", 8, 0},
	[NUMPY_FLOAT64] = {"f8", "<", 8, 0},
	[NUMPY_OBJECT] = {"O8", "|", 8, 63},
	[NUMPY_INTP] = {"i8", "<", 8, 0},
	[NUMPY_UINT8] = {"u1", "|", 1, 0},
	[NUMPY_TREE_NODE] = {"V64", "|", 64, 16},
};

static const struct node_field {
	const char *name;
	enum numpy_type type;
	int offset;
} node_fields[] = {
	{"left_child", NUMPY_INTP, 0},
	{"right_child", NUMPY_INTP, 8},
	{"feature", NUMPY_INTP, 16},
	{"threshold", NUMPY_FLOAT64, 24},
	{"impurity", NUMPY_FLOAT64, 32},
	{"n_node_samples", NUMPY_INTP, 40},
	{"weighted_n_node_samples", NUMPY_FLOAT64, 48},
	{"missing_go_to_left", NUMPY_UINT8, 56},
};

static void put_type(struct numpy_pickle *np, enum numpy_type type);

/* The names, and for each its type and offset. */
static void put_node_fields(struct numpy_pickle *np)
{
	struct pickler *p = np->p;
	size_t n = ARRAY_SIZE(node_fields);
	struct pickler_batch b;

	pickler_tuple(p, n);
	for (size_t i = 0; i < n; i++)
		pickler_text(p, node_fields[i].name);
	pickler_tuple_end(p, n);
	pickler_dict(p, &b, n);
	for (size_t i = 0; i < n; i++) {
		pickler_item(p, &b);
		pickler_text(p, node_fields[i].name);
		pickler_tuple(p, 2);
		put_type(np, node_fields[i].type);
		pickler_int(p, node_fields[i].offset);
		pickler_tuple_end(p, 2);
	}
	pickler_end(p, &b);
}

/* dtype.__setstate__()'s argument. */
static void put_type_state(struct numpy_pickle *np, enum numpy_type type)
{
	const struct type_spec *spec = &specs[type];
	struct pickler *p = np->p;
	bool is_node = type == NUMPY_TREE_NODE;

	pickler_tuple(p, 8);
	pickler_int(p, 3);
	pickler_text(p, spec->order);
	pickler_none(p);
	if (is_node) {
		put_node_fields(np);
	} else {
		pickler_none(p);
		pickler_none(p);
	}
	pickler_int(p, is_node ? (int64_t)spec->size : -1);
	pickler_int(p, is_node ? 1 : -1); /* alignment */
	pickler_int(p, spec->flags);
	pickler_tuple_end(p, 8);
}

static void put_type(struct numpy_pickle *np, enum numpy_type type)
{
	struct pickler *p = np->p;
	pickler_id code = 0;

	if (np->types[type]) {
		pickler_again(p, np->types[type]);
		return;
	}
	pickler_global(p, "numpy", "dtype");
	pickler_tuple(p, 3);
	pickler_own_text(p, specs[type].code, &code);
	pickler_bool(p, false);
	pickler_bool(p, true);
	pickler_tuple_end(p, 3);
	np->types[type] = pickler_reduce(p);
	put_type_state(np, type);
	pickler_build(p);
}

static void put_shape(struct pickler *p, const int64_t *shape, size_t n_dims)
{
	pickler_tuple(p, n_dims);
	for (size_t i = 0; i < n_dims; i++)
		pickler_int(p, shape[i]);
	pickler_tuple_end(p, n_dims);
}

void numpy_pickle_array(struct numpy_pickle *np, enum numpy_type type,
			const void *data, const int64_t *shape, size_t n_dims)
{
	struct pickler *p = np->p;
	size_t count = 1;

	for (size_t i = 0; i < n_dims; i++)
		count *= (size_t)shape[i];
	pickler_global(p, "numpy._core.numeric", "_frombuffer");
	pickler_tuple(p, 4);
	pickler_bytearray(p, data, count * specs[type].size);
	put_type(np, type);
	put_shape(p, shape, n_dims);
	pickler_text(p, "C");
	pickler_tuple_end(p, 4);
	pickler_reduce(p);
}

void numpy_pickle_scalar(struct numpy_pickle *np, enum numpy_type type,
			 const void *value)
{
	struct pickler *p = np->p;

	pickler_global(p, "numpy._core.multiarray", "scalar");
	pickler_tuple(p, 2);
	put_type(np, type);
	pickler_bytes(p, value, 8);
	pickler_tuple_end(p, 2);
	pickler_reduce(p);
}

/* _reconstruct(ndarray, (0,), b'b'), which __setstate__() then fills. */
static pickler_id put_empty_array(struct numpy_pickle *np)
{
	static const int64_t zero;
	struct pickler *p = np->p;

	pickler_global(p, "numpy._core.multiarray", "_reconstruct");
	pickler_tuple(p, 3);
	pickler_global(p, "numpy", "ndarray");
	put_shape(p, &zero, 1);
	if (np->letter_b) {
		pickler_again(p, np->letter_b);
	} else {
		pickler_bytes(p, "b", 1);
		np->letter_b = p->memo_len;
	}
	pickler_tuple_end(p, 3);
	return pickler_reduce(p);
}

pickler_id numpy_pickle_objects_begin(struct numpy_pickle *np, int64_t n,
				      struct pickler_batch *b)
{
	struct pickler *p = np->p;
	pickler_id id = put_empty_array(np);

	pickler_tuple(p, 5);
	pickler_int(p, 1);
	put_shape(p, &n, 1);
	put_type(np, NUMPY_OBJECT);
	pickler_bool(p, false);
	pickler_list(p, b, (size_t)n);
	return id;
}

void numpy_pickle_objects_end(struct numpy_pickle *np, struct pickler_batch *b)
{
	pickler_end(np->p, b);
	pickler_tuple_end(np->p, 5);
	pickler_build(np->p);
}

void numpy_pickle_texts(struct numpy_pickle *np, const char *const *texts,
			size_t n)
{
	struct pickler_batch b;

	numpy_pickle_objects_begin(np, (int64_t)n, &b);
	for (size_t i = 0; i < n; i++) {
		pickler_id id = 0;

		pickler_item(np->p, &b);
		pickler_own_text(np->p, texts[i], &id);
	}
	numpy_pickle_objects_end(np, &b);
}
