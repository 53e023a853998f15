/* NumPy's element types, arrays and scalars, as it pickles them. */
#include "format/pickle_vm.h"

#include <stdio.h>

/* Looking fields up by name is quadratic, so all of it together is capped. */
enum { MAX_WORK = 1 << 28 };

static int fail_here(struct pickle_vm *vm)
{
	return pickle_fail_here(vm);
}

static const struct pickle_value *at(const struct pickle_value *v, size_t i)
{
	return i < v->list.len ? v->list.at[i] : NULL;
}

/* numpy.dtype('f8', False, True) */
int pickle_numpy_dtype(struct pickle_vm *vm, struct pickle_value *args,
		       struct pickle_value **ret)
{
	const struct pickle_value *code = at(args, 0);
	const struct dtype *type;

	if (!code || code->type != PICKLE_STR)
		return 0;
	if (dtype_parse(&vm->out->arena, code->text.at, code->text.len, &type,
			vm->err) < 0)
		return fail_here(vm);
	*ret = pickle_new(vm, PICKLE_DTYPE);
	if (*ret)
		(*ret)->dtype = type;
	return *ret ? 0 : -1;
}

int pickle_numpy_shape(struct pickle_vm *vm, const struct pickle_value *v,
		       const int64_t **ret, size_t *ret_n)
{
	size_t n = v->type == PICKLE_INT ? 1 : v->list.len;
	int64_t *shape;

	if (v->type != PICKLE_TUPLE && v->type != PICKLE_LIST &&
	    v->type != PICKLE_INT)
		return pickle_fail(vm, ERROR_INVALID,
				   "a shape that is a %s",
				   pickle_type_name(v->type));
	if (n > NDARRAY_MAX_DIMS)
		return pickle_fail(vm, ERROR_LIMIT,
				   "an array of more than %d dimensions",
				   NDARRAY_MAX_DIMS);
	shape = arena_array(&vm->out->arena, n, sizeof(*shape));
	for (size_t i = 0; i < n; i++)
		if (!pickle_int(v->type == PICKLE_INT ? v : at(v, i),
				&shape[i]))
			return pickle_fail(vm, ERROR_INVALID,
					   "a shape that isn't of integers");
	*ret = shape;
	*ret_n = n;
	return 0;
}

/* {'name': (dtype, offset), ...} in the order of names. */
static int structured(struct pickle_vm *vm, const struct pickle_value *names,
		      const struct pickle_value *fields, int64_t itemsize,
		      const struct dtype **ret)
{
	struct arena *arena = &vm->out->arena;
	size_t n = names->list.len;

	if (fields->type != PICKLE_DICT || n > DTYPE_MAX_FIELDS ||
	    itemsize < 0)
		return pickle_fail(vm, ERROR_INVALID,
				   "a NumPy type with odd fields");
	vm->work += n * fields->list.len;
	if (vm->work > MAX_WORK)
		return pickle_fail(vm, ERROR_LIMIT,
				   "too many fields of NumPy types");
	struct dtype_field *list = arena_array(arena, n, sizeof(*list));
	for (size_t i = 0; i < n; i++) {
		char *name = pickle_str(arena, at(names, i));
		const struct pickle_value *f =
			name ? pickle_item(fields, name) : NULL;
		int64_t offset;
		if (!f || f->type != PICKLE_TUPLE || f->list.len < 2 ||
		    at(f, 0)->type != PICKLE_DTYPE ||
		    !pickle_int(at(f, 1), &offset) || offset < 0)
			return pickle_fail(vm, ERROR_INVALID,
					   "a NumPy type with odd fields");
		list[i] = (struct dtype_field){ name, (size_t)offset,
						at(f, 0)->dtype };
	}
	if (dtype_structured(arena, list, n, (size_t)itemsize, ret,
			     vm->err) < 0)
		return fail_here(vm);
	return 0;
}

/* The (metadata, (b'ns', 1, 1, 1)) of a datetime, as "ns" or "25us". */
static const char *datetime_unit(struct pickle_vm *vm,
				 const struct pickle_value *meta)
{
	const struct pickle_value *unit = pickle_at(meta, 1);
	const struct pickle_value *name = pickle_at(unit, 0);
	int64_t count = 1;

	if (!name || name->text.len > 8 ||
	    (name->type != PICKLE_BYTES && name->type != PICKLE_STR) ||
	    !pickle_int(pickle_at(unit, 1), &count))
		return NULL;
	if (name->text.len == 7 && memcmp(name->text.at, "generic", 7) == 0)
		return "";
	if (count == 1)
		return arena_strndup(&vm->out->arena, name->text.at,
				     name->text.len);
	return arena_printf(&vm->out->arena, "%lld%.*s", (long long)count,
			    (int)name->text.len, name->text.at);
}

/* dtype.__setstate__((version, byte order, sub-array, names, fields, itemsize,
 * alignment, flags[, metadata])). A type is replaced, never changed: arrays
 * that were made with the old one keep it. */
int pickle_numpy_build_dtype(struct pickle_vm *vm, struct pickle_value *v,
			     struct pickle_value *state)
{
	int64_t version, itemsize;

	if (state->type != PICKLE_TUPLE || state->list.len < 8 ||
	    !pickle_int(at(state, 0), &version) || version < 3 ||
	    version > 5 || at(state, 1)->type != PICKLE_STR ||
	    !pickle_int(at(state, 5), &itemsize))
		return pickle_fail(vm, ERROR_INVALID,
				   "a NumPy type of a form that isn't known");
	const struct pickle_value *sub = at(state, 2), *names = at(state, 3);
	if (sub->type == PICKLE_TUPLE) {
		const int64_t *shape;
		size_t n;
		if (sub->list.len != 2 || at(sub, 0)->type != PICKLE_DTYPE)
			return pickle_fail(vm, ERROR_INVALID,
					   "a NumPy type with an odd base");
		if (pickle_numpy_shape(vm, at(sub, 1), &shape, &n) < 0)
			return -1;
		if (dtype_subarray(&vm->out->arena, at(sub, 0)->dtype, shape,
				   n, &v->dtype, vm->err) < 0)
			return fail_here(vm);
		return 0;
	}
	if (names->type == PICKLE_TUPLE)
		return structured(vm, names, at(state, 4), itemsize,
				  &v->dtype);
	struct dtype *copy = arena_new(&vm->out->arena, struct dtype);
	*copy = *v->dtype;
	copy->big_endian = pickle_is_str(at(state, 1), ">");
	if (copy->kind == 'M' || copy->kind == 'm') {
		copy->unit = datetime_unit(vm, at(state, 8));
		if (!copy->unit)
			return pickle_fail(vm, ERROR_INVALID,
					   "a datetime type without its unit");
	}
	v->dtype = copy;
	return 0;
}

static int new_array(struct pickle_vm *vm, enum pickle_type type,
		     const struct ndarray *nd, struct pickle_value **ret)
{
	struct pickle_value *v = pickle_new(vm, type);

	if (!v)
		return -1;
	v->array = arena_new(&vm->out->arena, struct pickle_array);
	v->array->nd = *nd;
	vm->out->n_arrays++;
	*ret = v;
	return 0;
}

/* _reconstruct(numpy.ndarray, (0,), b'b'): an empty array whose state
 * follows. A subclass stays an object. */
int pickle_numpy_reconstruct(struct pickle_vm *vm, struct pickle_value *args,
			     struct pickle_value **ret)
{
	static const struct dtype int8 = { .kind = 'i', .itemsize = 1,
					   .unit = "" };
	static const int64_t none[1] = { 0 };
	const struct pickle_value *cls = at(args, 0);
	const struct ndarray empty = {
		.type = &int8, .n_dims = 1, .shape = none,
		.data = (const unsigned char *)"",
	};

	if (!cls || cls->type != PICKLE_GLOBAL ||
	    strcmp(cls->global->full, "numpy.ndarray") != 0)
		return 0;
	return new_array(vm, PICKLE_ARRAY, &empty, ret);
}

/* Checks that the bytes are as many as the shape says. */
static int set_data(struct pickle_vm *vm, struct ndarray *nd,
		    struct pickle_text bytes)
{
	if (ndarray_count(nd->shape, nd->n_dims, &nd->count, vm->err) < 0)
		return fail_here(vm);
	uint64_t size = nd->type->itemsize; /* count <= 2^48, size <= 2^30 */
	if (nd->type->has_object)
		return pickle_fail(vm, ERROR_INVALID,
				   "an array of objects made of bytes");
	if (size && nd->count > UINT64_MAX / size)
		return pickle_fail(vm, ERROR_LIMIT, "an array too large");
	if (size * nd->count != bytes.len)
		return pickle_fail(vm, ERROR_INVALID,
				   "an array of %zu elements of %zu bytes in "
				   "%zu bytes", nd->count, nd->type->itemsize,
				   bytes.len);
	nd->data = (const unsigned char *)bytes.at;
	nd->data_len = bytes.len;
	return 0;
}

static int set_objects(struct pickle_vm *vm, struct pickle_array *a,
		       const struct pickle_value *list)
{
	if (ndarray_count(a->nd.shape, a->nd.n_dims, &a->nd.count,
			  vm->err) < 0)
		return fail_here(vm);
	if (list->type != PICKLE_LIST || list->list.len != a->nd.count ||
	    !a->nd.type->has_object)
		return pickle_fail(vm, ERROR_INVALID,
				   "an array of objects without them");
	struct arena *arena = &vm->out->arena;
	a->objects = arena_array(arena, a->nd.count, sizeof(*a->objects));
	for (size_t i = 0; i < a->nd.count; i++)
		a->objects[i] = list->list.at[i];
	a->nd.data = NULL;
	a->nd.data_len = 0;
	return 0;
}

/* An array of a type that isn't known (NumPy 2's StringDType) stays an object,
 * of that type and with its state. */
static int keep_as_object(struct pickle_vm *vm, struct pickle_value *v,
			  struct pickle_value *type,
			  struct pickle_value *state)
{
	struct pickle_object *o = arena_new(&vm->out->arena,
					    struct pickle_object);

	o->cls = type;
	o->state = state;
	v->type = PICKLE_OBJECT;
	v->object = o;
	vm->out->n_arrays--;
	return 0;
}

/* ndarray.__setstate__((1, shape, dtype, is_fortran, bytes or list)). */
int pickle_numpy_build_array(struct pickle_vm *vm, struct pickle_value *v,
			     struct pickle_value *state)
{
	struct pickle_array a = { .nd = { .type = NULL } };
	size_t n = state->type == PICKLE_TUPLE ? state->list.len : 0;
	size_t first = n == 5; /* version 0 came without its number */
	bool fortran;

	if (n != 5 && n != 4)
		return pickle_fail(vm, ERROR_INVALID,
				   "an array's state of an odd form");
	if (at(state, first + 1)->type == PICKLE_OBJECT)
		return keep_as_object(vm, v, state->list.at[first + 1], state);
	if (at(state, first + 1)->type != PICKLE_DTYPE ||
	    !pickle_bool(at(state, first + 2), &fortran))
		return pickle_fail(vm, ERROR_INVALID,
				   "an array's state of an odd form");
	if (pickle_numpy_shape(vm, at(state, first), &a.nd.shape,
			       &a.nd.n_dims) < 0)
		return -1;
	a.nd.type = at(state, first + 1)->dtype;
	a.nd.fortran = fortran;
	const struct pickle_value *data = at(state, first + 3);
	int result = data->type == PICKLE_BYTES
		? set_data(vm, &a.nd, data->text)
		: set_objects(vm, &a, data);
	if (!result)
		*v->array = a;
	return result;
}

/* Puts the elements of an array that was written along `axes` in C order. */
static int transpose(struct pickle_vm *vm, struct ndarray *nd,
		     const int64_t *axes)
{
	struct arena *arena = &vm->out->arena;
	size_t size = nd->type->itemsize, stride[NDARRAY_MAX_DIMS];
	int64_t *shape = arena_array(arena, nd->n_dims, sizeof(*shape));
	bool seen[NDARRAY_MAX_DIMS] = { false };

	if (pickle_need_memory(vm, nd->data_len) < 0)
		return -1;
	for (size_t d = 0; d < nd->n_dims; d++) {
		if (axes[d] < 0 || (size_t)axes[d] >= nd->n_dims ||
		    seen[axes[d]])
			return pickle_fail(vm, ERROR_INVALID,
					   "an array with odd axes");
		seen[axes[d]] = true;
		shape[d] = nd->shape[axes[d]];
		stride[d] = 1;
		for (size_t k = (size_t)axes[d] + 1; k < nd->n_dims; k++)
			stride[d] *= (size_t)nd->shape[k];
	}
	unsigned char *to = arena_alloc(arena, nd->data_len + 1);
	for (size_t i = 0; i < nd->count; i++) {
		size_t left = i, from = 0;
		for (size_t d = nd->n_dims; d-- > 0;) {
			from += left % (size_t)shape[d] * stride[d];
			left /= (size_t)shape[d];
		}
		memcpy(to + i * size, nd->data + from * size, size);
	}
	nd->data = to;
	nd->shape = shape;
	return 0;
}

/* _frombuffer(bytes, dtype, shape, order[, axes]), of protocol 5. */
int pickle_numpy_frombuffer(struct pickle_vm *vm, struct pickle_value *args,
			    struct pickle_value **ret)
{
	const struct pickle_value *buf = at(args, 0), *order = at(args, 3);
	const struct pickle_value *axes = at(args, 4);
	struct ndarray nd = { .type = NULL };
	const int64_t *axis;
	size_t n_axes;

	if (args->list.len < 4 || at(args, 1)->type != PICKLE_DTYPE ||
	    (buf->type != PICKLE_BYTES && buf->type != PICKLE_BYTEARRAY))
		return 0;
	nd.type = at(args, 1)->dtype;
	nd.fortran = pickle_is_str(order, "F");
	if (pickle_numpy_shape(vm, at(args, 2), &nd.shape, &nd.n_dims) < 0 ||
	    set_data(vm, &nd, buf->text) < 0)
		return -1;
	if (pickle_is_str(order, "K") && axes && axes->type != PICKLE_NONE) {
		if (pickle_numpy_shape(vm, axes, &axis, &n_axes) < 0)
			return -1;
		if (n_axes != nd.n_dims)
			return pickle_fail(vm, ERROR_INVALID,
					   "an array with odd axes");
		if (transpose(vm, &nd, axis) < 0)
			return -1;
	}
	return new_array(vm, PICKLE_ARRAY, &nd, ret);
}

/* scalar(dtype, bytes) */
int pickle_numpy_scalar(struct pickle_vm *vm, struct pickle_value *args,
			struct pickle_value **ret)
{
	struct ndarray nd = { .type = NULL };

	if (args->list.len != 2 || at(args, 0)->type != PICKLE_DTYPE ||
	    at(args, 1)->type != PICKLE_BYTES)
		return 0;
	nd.type = at(args, 0)->dtype;
	if (set_data(vm, &nd, at(args, 1)->text) < 0)
		return -1;
	return new_array(vm, PICKLE_SCALAR, &nd, ret);
}
