/* joblib's files: a pickle with the arrays' raw bytes between its opcodes. */
#include "format/pickle_vm.h"

bool pickle_is_joblib_wrapper(const struct pickle_value *v)
{
	return pickle_is_a(v, "joblib.numpy_pickle.NumpyArrayWrapper");
}

/* An array of objects: a whole pickle follows. The state of the machine is
 * set aside meanwhile; that pickle holds no raw bytes, so this nests once. */
static int read_objects(struct pickle_vm *vm, struct pickle_value *wrapper)
{
	struct pickle_vm inner = *vm;
	struct pickle_value *v = NULL;

	memset(&inner.stack, 0, sizeof(inner.stack));
	memset(&inner.marks, 0, sizeof(inner.marks));
	memset(&inner.memo, 0, sizeof(inner.memo));
	inner.nested = true;
	inner.protocol = 0;
	int result = pickle_run_nested(&inner, &v);
	vec_release(&inner.stack);
	vec_release(&inner.marks);
	free(inner.memo.slots);
	vm->at = inner.at;
	vm->work = inner.work;
	/* These may have grown and moved. */
	memcpy(&vm->globals, &inner.globals, sizeof(vm->globals));
	memcpy(&vm->discarded, &inner.discarded, sizeof(vm->discarded));
	if (result < 0)
		return -1;
	if (v->type != PICKLE_ARRAY)
		return pickle_fail(vm, ERROR_INVALID,
				   "joblib's array of objects isn't one");
	wrapper->type = PICKLE_ARRAY;
	wrapper->array = v->array;
	return 0;
}

/* The byte before the data says how many bytes of padding follow it. */
static int skip_padding(struct pickle_vm *vm,
			const struct pickle_value *wrapper)
{
	const struct pickle_value *alignment =
		pickle_attribute(wrapper, "numpy_array_alignment_bytes");
	const unsigned char *at;

	if (!alignment || alignment->type == PICKLE_NONE)
		return 0;
	if (pickle_take(vm, 1, &at) < 0)
		return -1;
	return pickle_take(vm, *at, &at);
}

int pickle_joblib_read(struct pickle_vm *vm, struct pickle_value *wrapper)
{
	const struct pickle_value *type = pickle_attribute(wrapper, "dtype");
	const struct pickle_value *shape = pickle_attribute(wrapper, "shape");
	struct ndarray nd = { .type = NULL };

	if (!type || type->type != PICKLE_DTYPE || !shape)
		return pickle_fail(vm, ERROR_INVALID,
				   "joblib's array without type and shape");
	vm->out->joblib = true;
	if (type->dtype->has_object)
		return read_objects(vm, wrapper);
	nd.type = type->dtype;
	nd.fortran = pickle_is_str(pickle_attribute(wrapper, "order"), "F");
	if (pickle_numpy_shape(vm, shape, &nd.shape, &nd.n_dims) < 0)
		return -1;
	if (ndarray_count(nd.shape, nd.n_dims, &nd.count, vm->err) < 0)
		return pickle_fail_here(vm);
	if (nd.type->itemsize && nd.count > SIZE_MAX / nd.type->itemsize)
		return pickle_fail(vm, ERROR_LIMIT, "an array too large");
	nd.data_len = nd.count * nd.type->itemsize;
	if (skip_padding(vm, wrapper) < 0 ||
	    pickle_take(vm, nd.data_len, &nd.data) < 0)
		return -1;
	wrapper->type = PICKLE_ARRAY;
	wrapper->array = arena_new(&vm->out->arena, struct pickle_array);
	wrapper->array->nd = nd;
	vm->out->n_arrays++;
	return 0;
}
