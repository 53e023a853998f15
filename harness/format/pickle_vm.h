/*
 * The machine inside the pickle decoder: its stack, its memo, and what the
 * opcode files share. Nothing outside format/pickle_*.c includes this.
 */
#ifndef FORMAT_PICKLE_VM_H
#define FORMAT_PICKLE_VM_H

#include "base/compiler.h"
#include "base/vec.h"
#include "format/pickle.h"

/* From memo index to value: sparse, since the index comes from the file. */
struct pickle_memo {
	struct pickle_memo_slot {
		uint64_t index;
		struct pickle_value *value; /* NULL: free */
	} *slots;
	size_t len, alloc; /* alloc is a power of two, or 0 */
};

struct pickle_vm {
	struct pickle *out;
	const struct pickle_limits *limits;
	const unsigned char *start, *at, *end;
	const unsigned char *op_at; /* the opcode that runs */
	VEC(struct pickle_value *) stack;
	VEC(size_t) marks; /* heights of the stack */
	struct pickle_memo memo;
	struct map *global_map;
	VEC(struct pickle_global *) globals;
	VEC(struct pickle_value *) discarded;
	struct pickle_value *none, *truth[2]; /* shared by all their uses */
	size_t work; /* fields compared by name so far */
	int protocol; /* of the pickle that runs */
	bool nested; /* a pickle inside a joblib file */
	bool stopped;
	struct error *err;
};

/* "pickle, byte 17 (BINGET): ..."; gives -1, which a compiler can see. */
#define pickle_fail(...) (pickle_fail_at(__VA_ARGS__), -1)
void pickle_fail_at(struct pickle_vm *vm, enum error_kind kind,
		    const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Says the same place in front of an error that is already set. */
int pickle_fail_here(struct pickle_vm *vm);

/* A new value of the run's arena; NULL with the error set at the cap. */
struct pickle_value *pickle_new(struct pickle_vm *vm, enum pickle_type type);
int pickle_push(struct pickle_vm *vm, struct pickle_value *v);
int pickle_pop(struct pickle_vm *vm, struct pickle_value **ret);
/* The value on top; NULL where there is none above the last mark. */
struct pickle_value *pickle_top(const struct pickle_vm *vm);
int pickle_need_top(struct pickle_vm *vm, struct pickle_value **ret);
/* Takes the values above the last mark off the stack; they stay readable in
 * the stack's memory until the next push. */
int pickle_pop_mark(struct pickle_vm *vm, struct pickle_value ***ret,
		    size_t *ret_n);
/* Whether the arena may grow by so much. */
int pickle_need_memory(struct pickle_vm *vm, uint64_t size);
int pickle_list_fill(struct pickle_vm *vm, struct pickle_list *list,
		     struct pickle_value **at, size_t n);
int pickle_list_add(struct pickle_vm *vm, struct pickle_list *list,
		    struct pickle_value *v);
/* The next n bytes of the file, or an error where it ends before. */
int pickle_take(struct pickle_vm *vm, uint64_t n, const unsigned char **ret);
/* The next n <= 8 bytes as a number, the lowest first. */
int pickle_take_number(struct pickle_vm *vm, size_t n, uint64_t *ret);
/* Up to the next newline, which is eaten. */
int pickle_take_line(struct pickle_vm *vm, struct pickle_text *ret);

/* pickle_text.c: what opcodes with a line of text share. */
int pickle_line_index(struct pickle_vm *vm, uint64_t *ret);
/* A two's complement number as INT, or as LONG where it is too large. */
int pickle_push_long(struct pickle_vm *vm, const unsigned char *bytes,
		     size_t len);
/* UTF-8 whose code points are all below 256, to those bytes. */
int pickle_latin1(struct pickle_vm *vm, struct pickle_text text,
		  struct pickle_text *ret);

/* pickle_call.c: what a call gives, for the names that are known; an OBJECT
 * for any other. args is a TUPLE. */
int pickle_call(struct pickle_vm *vm, struct pickle_value *callable,
		struct pickle_value *args, struct pickle_value **ret);
struct pickle_value *pickle_new_object(struct pickle_vm *vm,
				       struct pickle_value *cls,
				       struct pickle_value *args, bool is_new);

/* pickle_numpy.c: the same for NumPy's; they leave *ret NULL where the
 * arguments are not what NumPy writes, and it stays an object. */
int pickle_numpy_dtype(struct pickle_vm *vm, struct pickle_value *args,
		       struct pickle_value **ret);
int pickle_numpy_reconstruct(struct pickle_vm *vm, struct pickle_value *args,
			     struct pickle_value **ret);
int pickle_numpy_frombuffer(struct pickle_vm *vm, struct pickle_value *args,
			    struct pickle_value **ret);
int pickle_numpy_scalar(struct pickle_vm *vm, struct pickle_value *args,
			struct pickle_value **ret);
int pickle_numpy_build_dtype(struct pickle_vm *vm, struct pickle_value *v,
			     struct pickle_value *state);
int pickle_numpy_build_array(struct pickle_vm *vm, struct pickle_value *v,
			     struct pickle_value *state);
/* A TUPLE or LIST of lengths, or one INT. */
int pickle_numpy_shape(struct pickle_vm *vm, const struct pickle_value *v,
		       const int64_t **ret, size_t *ret_n);

/* pickle_joblib.c: after a NumpyArrayWrapper is built, its raw bytes follow
 * in the file: turns it into an ARRAY. */
bool pickle_is_joblib_wrapper(const struct pickle_value *v);
int pickle_joblib_read(struct pickle_vm *vm, struct pickle_value *wrapper);
/* A whole pickle in the midst of another one. */
int pickle_run_nested(struct pickle_vm *vm, struct pickle_value **ret);

/* pickle_check.c: depth and duplicate keys of the finished graph. */
int pickle_check_graph(struct pickle *p, struct error *err);

/* The opcodes, by their names in Python's pickletools. */
typedef int pickle_opcode(struct pickle_vm *vm);
pickle_opcode pickle_op_additems, pickle_op_append, pickle_op_appends,
	pickle_op_binbytes, pickle_op_binbytes8, pickle_op_binfloat,
	pickle_op_binget, pickle_op_binint, pickle_op_binint1,
	pickle_op_binint2, pickle_op_binput, pickle_op_binstring,
	pickle_op_binunicode, pickle_op_binunicode8, pickle_op_build,
	pickle_op_bytearray8, pickle_op_dict, pickle_op_dup,
	pickle_op_empty_dict, pickle_op_empty_list, pickle_op_empty_set,
	pickle_op_empty_tuple, pickle_op_float, pickle_op_frozenset,
	pickle_op_get, pickle_op_global, pickle_op_inst, pickle_op_int,
	pickle_op_list, pickle_op_long, pickle_op_long1, pickle_op_long4,
	pickle_op_long_binget, pickle_op_long_binput, pickle_op_mark,
	pickle_op_memoize, pickle_op_newfalse, pickle_op_newobj,
	pickle_op_newobj_ex, pickle_op_newtrue, pickle_op_none, pickle_op_obj,
	pickle_op_pop, pickle_op_pop_mark, pickle_op_put, pickle_op_reduce,
	pickle_op_setitem, pickle_op_setitems, pickle_op_short_binbytes,
	pickle_op_short_binstring, pickle_op_short_binunicode,
	pickle_op_stack_global, pickle_op_stop, pickle_op_string,
	pickle_op_tuple, pickle_op_tuple1, pickle_op_tuple2, pickle_op_tuple3,
	pickle_op_unicode;

#endif
