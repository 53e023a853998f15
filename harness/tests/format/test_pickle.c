#include "tests/test.h"

#include "format/pickle.h"
#include "format/pickle_summary.h"


static struct pickle p;

static int decode_n(const char *data, size_t len, struct error *err)
{
	return pickle_decode(&p, data, len, NULL, err);
}

/* What a pickle, given as a string literal, prints as. */
#define PRINTS(literal, text) prints((literal), sizeof(literal) - 1, (text))
static void prints(const char *data, size_t len, const char *text)
{
	struct error err = ERROR_INIT;
	struct strbuf sb = STRBUF_INIT(4096);

	ck_assert_msg(decode_n(data, len, &err) == 0, "%s", err.message);
	pickle_print(p.root, 200, &sb);
	ck_assert_str_eq(sb.buf, text);
	strbuf_release(&sb);
	pickle_release(&p);
}

#define REFUSED(literal, kind, part) \
	refused((literal), sizeof(literal) - 1, (kind), (part))
static void refused(const char *data, size_t len, enum error_kind kind,
		    const char *part)
{
	struct error err = ERROR_INIT;

	ck_assert_int_eq(decode_n(data, len, &err), -1);
	ck_assert_msg(strstr(err.message, part), "%s", err.message);
	ck_assert_int_eq(err.kind, kind);
}

START_TEST(plain_values_of_every_protocol)
{
	PRINTS("N.", "None");
	PRINTS("I01\n.", "True");
	PRINTS("\x88.", "True");
	PRINTS("I-7\n.", "-7");
	PRINTS("L12345678901234567890L\n.",
	       "int of 9 bytes 0x00ab54a98ceb1f0ad2");
	PRINTS("L-1L\n.", "-1");
	PRINTS("\x8a\x01\xff.", "-1");
	PRINTS("\x8a\x00.", "0");
	PRINTS("\x8a\x02\xff\x00.", "255");
	PRINTS("J\xff\xff\xff\xff.", "-1");
	PRINTS("M\xff\xff.", "65535");
	PRINTS("F-2.5\n.", "-2.5");
	PRINTS("Finf\n.", "inf");
	PRINTS("G\x3f\xf8\x00\x00\x00\x00\x00\x00.", "1.5");
	PRINTS("S'a\\x41\\n'\n.", "'aA␊'");
	PRINTS("V\\u00e9\xe9\n.", "'éé'");
	PRINTS("\x8c\x02\xc3\xa9.", "'é'");
	PRINTS("C\x02\xff\x00.", "b'\xef\xbf\xbd␀'");
	PRINTS("\x96\x01\0\0\0\0\0\0\0z.", "bytearray b'z'");
}
END_TEST

START_TEST(containers_and_memo)
{
	PRINTS("(I1\nI2\nl.", "[1, 2]");
	PRINTS("]q\x05(K\x01h\x05" "e.", "[1, [1, [1, [1, [... 2 in all]]]]]");
	PRINTS("(K\x01K\x02t.", "(1, 2)");
	PRINTS("(l.", "[]");
	PRINTS("K\x01\x85.", "(1,)");
	PRINTS("}(\x8c\x01" "aK\x01\x8c\x01" "bK\x02u.", "{'a': 1, 'b': 2}");
	PRINTS("\x8f(K\x01\x90.", "{1}");
	PRINTS("c__builtin__\nset\n(]K\x03" "atR.", "{3}");
}
END_TEST

START_TEST(nothing_is_imported_and_a_call_is_a_node)
{
	struct error err = ERROR_INIT;
	static const char evil[] = "cos\nsystem\n(S'touch /tmp/x'\ntR.";

	ck_assert_int_eq(decode_n(evil, sizeof(evil) - 1, &err), 0);
	ck_assert_int_eq(p.root->type, PICKLE_OBJECT);
	ck_assert(!p.root->object->is_new);
	ck_assert_str_eq(pickle_class(p.root), "os.system");
	ck_assert_uint_eq(p.n_globals, 1);
	ck_assert_uint_eq(p.globals[0]->calls, 1);
	ck_assert(pickle_is_str(pickle_at(p.root->object->args, 0),
				"touch /tmp/x"));
	pickle_release(&p);
}
END_TEST

START_TEST(a_dropped_call_is_kept)
{
	struct error err = ERROR_INIT;
	static const char evil[] = "cos\nsystem\n(S'x'\ntR0N.";

	ck_assert_int_eq(decode_n(evil, sizeof(evil) - 1, &err), 0);
	ck_assert_int_eq(p.root->type, PICKLE_NONE);
	ck_assert_uint_eq(p.n_discarded, 1);
	ck_assert_str_eq(pickle_class(p.discarded[0]), "os.system");
	pickle_release(&p);
}
END_TEST

START_TEST(objects_have_attributes_and_paths)
{
	struct error err = ERROR_INIT;
	static const char model[] =
		"cm\nA\n)\x81}(\x8c\x05steps](\x8c\x03" "clfcm\nB\n)\x81}\x8c\x01"
		"kK\x07sb\x86" "eub.";
	int64_t n = 0;

	ck_assert_msg(decode_n(model, sizeof(model) - 1, &err) == 0, "%s",
		      err.message);
	ck_assert(pickle_is_a(p.root, "m.A"));
	ck_assert(pickle_int(pickle_get(p.root, "steps.0.1.k"), &n));
	ck_assert_int_eq(n, 7);
	ck_assert(pickle_get(p.root, "steps[0][1].k") ==
		  pickle_get(p.root, "steps.clf.k"));
	ck_assert_ptr_null(pickle_get(p.root, "steps.1"));
	ck_assert_ptr_null(pickle_get(p.root, "steps.."));
	ck_assert_ptr_null(pickle_get(p.root, "absent.more"));
	pickle_release(&p);
}
END_TEST

START_TEST(arrays_are_views_of_the_bytes)
{
	struct error err = ERROR_INIT;
	static const char array[] =
		"cnumpy._core.numeric\n_frombuffer\n(\x96\x10\0\0\0\0\0\0\0"
		"\0\0\0\0\0\0\xf8\x3f\0\0\0\0\0\0\0\x40"
		"cnumpy\ndtype\n(\x8c\x02" "f8\x89\x88tR(K\x03\x8c\x01<NNNJ\xff"
		"\xff\xff\xffJ\xff\xff\xff\xffK\x00tbK\x02\x85\x8c\x01" "CtR.";
	struct ndarray_column c;

	ck_assert_msg(decode_n(array, sizeof(array) - 1, &err) == 0, "%s",
		      err.message);
	const struct ndarray *a = pickle_ndarray(p.root);
	ck_assert_ptr_nonnull(a);
	ck_assert_uint_eq(a->count, 2);
	ck_assert((const char *)a->data > array &&
		  (const char *)a->data < array + sizeof(array));
	ck_assert(ndarray_column(a, NULL, &c));
	ck_assert(ndarray_double(&c, 0) == 1.5 && ndarray_double(&c, 1) == 2);
	pickle_release(&p);
}
END_TEST

START_TEST(an_array_of_an_unknown_type_is_an_object)
{
	struct error err = ERROR_INIT;
	static const char array[] =
		"cnumpy._core.multiarray\n_reconstruct\n(cnumpy\nndarray\n"
		"K\x00\x85" "C\x01" "btR(K\x01K\x02\x85"
		"cnumpy.dtypes\nStringDType\n)R\x89](X\x01\0\0\0aX\x01\0\0\0"
		"betb.";

	ck_assert_msg(decode_n(array, sizeof(array) - 1, &err) == 0, "%s",
		      err.message);
	ck_assert_str_eq(pickle_class(p.root), "numpy.dtypes.StringDType");
	ck_assert(pickle_is_str(pickle_at(pickle_at(p.root->object->state, 4),
					  1), "b"));
	pickle_release(&p);
}
END_TEST

START_TEST(what_is_not_in_the_file_is_refused)
{
	REFUSED("P17\n.", ERROR_INVALID, "persistent id");
	REFUSED("K\x01Q.", ERROR_INVALID, "byte 2 (BINPERSID): a persistent");
	REFUSED("\x82\x01.", ERROR_INVALID, "extension code");
	REFUSED("\x97.", ERROR_INVALID, "out-of-band buffer");
	REFUSED("\x80\x06.", ERROR_INVALID, "protocol 6");
	REFUSED("\xff.", ERROR_INVALID, "0xff is no opcode");
	REFUSED("", ERROR_INVALID, "byte 0 (the end)");
}
END_TEST

START_TEST(broken_pickles_say_where)
{
	REFUSED("h\x03.", ERROR_INVALID, "byte 0 (BINGET)");
	REFUSED("K\x01", ERROR_INVALID, "before STOP");
	REFUSED(".", ERROR_INVALID, "stack is empty");
	REFUSED("K\x01(0" "0" "a.", ERROR_INVALID, "stack is empty");
	REFUSED("\x8e\xff\xff\xff\xff\xff\xff\xff\xff" "abc.", ERROR_INVALID,
		"needs 18446744073709551615 bytes, and 4 are left");
	REFUSED("T\xff\xff\xff\xff.", ERROR_INVALID, "negative length");
	REFUSED("\x95\xff\0\0\0\0\0\0\0N.", ERROR_INVALID, "a frame of 255");
	REFUSED("\x8c\x01\xff.", ERROR_INVALID, "isn't UTF-8");
	REFUSED("}(K\x01u.", ERROR_INVALID, "key without its value");
	REFUSED("}(\x8c\x01" "aK\x01\x8c\x01" "aK\x02u.", ERROR_INVALID,
		"duplicate key 'a'");
	REFUSED("I1x\n.", ERROR_INVALID, "no number");
	REFUSED("S'abc\n.", ERROR_INVALID, "without quotes");
	REFUSED("N}b.", ERROR_INVALID, "gives a state to a None");
	REFUSED("K\x01K\x02" "a.", ERROR_INVALID, "appends to a int");
	REFUSED("cnumpy\ndtype\n(\x8c\x02zztR.", ERROR_INVALID,
		"no NumPy type: 'zz'");
}
END_TEST

START_TEST(nesting_is_capped)
{
	enum { DEEP = 100000 };
	struct error err = ERROR_INIT;
	char *data = malloc(DEEP * 2 + 2);

	memset(data, ']', DEEP);
	memset(data + DEEP, 'a', DEEP - 1);
	data[2 * DEEP - 1] = '.';
	ck_assert_int_eq(decode_n(data, 2 * DEEP, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_LIMIT);
	ck_assert_msg(strstr(err.message, "nested deeper than 1000"), "%s",
		      err.message);
	free(data);
}
END_TEST

START_TEST(values_and_memory_are_capped)
{
	const struct pickle_limits few = { 1000, 100, 1 << 20 };
	const struct pickle_limits small = { 1000, 1000, 4096 };
	struct error err = ERROR_INIT;
	char data[1000];

	memset(data, 'N', sizeof(data));
	ck_assert_int_eq(pickle_decode(&p, data, sizeof(data), &few, &err), -1);
	ck_assert_msg(strstr(err.message, "more than 100 values"), "%s",
		      err.message);
	memset(data, ']', sizeof(data));
	ck_assert_int_eq(pickle_decode(&p, data, sizeof(data), &small, &err),
			 -1);
	ck_assert_msg(strstr(err.message, "more than 4096 bytes of memory"),
		      "%s", err.message);
	ck_assert_int_eq(pickle_decode(&p, data, 1001, &few, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_LIMIT);
}
END_TEST

START_TEST(a_list_that_holds_itself_is_decoded)
{
	struct error err = ERROR_INIT;

	ck_assert_int_eq(decode_n("]\x94h\0a.", 6, &err), 0);
	ck_assert_ptr_eq(pickle_at(p.root, 0), p.root);
	pickle_release(&p);
}
END_TEST

TESTS_MAIN("format/pickle", plain_values_of_every_protocol,
	   containers_and_memo, nothing_is_imported_and_a_call_is_a_node,
	   a_dropped_call_is_kept, objects_have_attributes_and_paths,
	   arrays_are_views_of_the_bytes,
	   an_array_of_an_unknown_type_is_an_object,
	   what_is_not_in_the_file_is_refused,
	   broken_pickles_say_where, nesting_is_capped,
	   values_and_memory_are_capped, a_list_that_holds_itself_is_decoded)
