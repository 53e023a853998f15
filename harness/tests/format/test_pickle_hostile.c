/* Broken and hostile pickles: an error with its place, never a crash, and
 * memory and time that are capped. */
#include "tests/test.h"

#include "base/vec.h"
#include "compare/canonical.h"
#include "compare/ladder.h"
#include "format/mapped.h"
#include "format/npy.h"
#include "format/pickle_imports.h"
#include "format/pickle_nodes.h"
#include "format/pickle_summary.h"
#include "format/pickle_tree.h"

static const struct pickle_limits limits = { 1 << 20, 200000, 32 << 20 };

/* Everything that looks into a decoded pickle. */
static void read_all(const struct pickle *p)
{
	const struct pickle_tree_limits all = { 50, 100, 2000 };
	struct strbuf text = STRBUF_INIT(1 << 20);
	char hex[SHA256_HEX];

	json_decref(pickle_summary(p));
	pickle_tree_print(p, &all, &text);
	pickle_nodes_print(p, 0, &text, NULL);
	canonical_digest_pickle(p, &declared_mlflow, hex, NULL);
	strbuf_release(&text);
}

/* Decodes a copy that ends where its memory does, so that a sanitizer sees a
 * read past it. Gives whether it was a pickle. */
static bool decode(const unsigned char *data, size_t len, struct error *err)
{
	unsigned char *copy = malloc(len ? len : 1);
	struct pickle p;

	memcpy(copy, data, len);
	bool good = pickle_decode(&p, copy, len, &limits, err) == 0;
	if (good) {
		read_all(&p);
		pickle_release(&p);
	}
	free(copy);
	return good;
}

static void map_vector(const char *name, struct mapped *m)
{
	char path[4096];
	struct error err = ERROR_INIT;

	snprintf(path, sizeof(path), "%s/fixtures/vectors/sk1.7.2-np2.3.5/%s",
		 tests_srcdir(), name);
	ck_assert_msg(mapped_open(m, path, 1 << 20, &err) == 0, "%s",
		      err.message);
}

static const char *const vectors[] = {
	"logistic.p2.pkl", "logistic.p5.pkl", "logistic.joblib.pkl",
	"forest.p4.pkl", "plain.p0.pkl", "plain.p5.pkl", "plain.joblib.pkl",
};

START_TEST(cut_short_at_every_byte_is_an_error)
{
	struct mapped m = MAPPED_INIT;

	map_vector(vectors[_i], &m);
	for (size_t len = 0; len < m.len; len++) {
		struct error err = ERROR_INIT;
		ck_assert_msg(!decode(m.data, len, &err), "%s at %zu",
			      vectors[_i], len);
		ck_assert_msg(strstr(err.message, "pickle, byte "), "%s",
			      err.message);
	}
	ck_assert(decode(m.data, m.len, NULL));
	mapped_close(&m);
}
END_TEST

START_TEST(any_byte_changed_is_decoded_or_refused)
{
	struct mapped m = MAPPED_INIT;

	map_vector(vectors[_i], &m);
	unsigned char *copy = malloc(m.len);
	memcpy(copy, m.data, m.len);
	/* Every byte of the small ones, every third of the others. */
	for (size_t i = 0; i < m.len; i += m.len > 6000 ? 3 : 1) {
		copy[i] = (unsigned char)(copy[i] + 1 + i % 255);
		decode(copy, m.len, NULL);
		copy[i] = m.data[i];
	}
	free(copy);
	mapped_close(&m);
}
END_TEST

/* A list of two references to a list of two references to ...: n levels
 * unfold to 2^n leaves. */
static size_t make_bomb(unsigned char *to, int levels)
{
	size_t n = 0;

	to[n++] = ']';
	to[n++] = 0x94; /* MEMOIZE */
	for (int i = 0; i < levels; i++) {
		to[n++] = '0'; /* POP: it is in the memo */
		to[n++] = ']';
		to[n++] = 0x94;
		to[n++] = '(';
		for (int k = 0; k < 2; k++) {
			to[n++] = 'h';
			to[n++] = (unsigned char)i;
		}
		to[n++] = 'e';
	}
	to[n++] = '.';
	return n;
}

START_TEST(a_memo_bomb_costs_what_it_is_long)
{
	unsigned char bomb[2048];
	struct comparison c = COMPARISON_INIT;
	struct error err = ERROR_INIT;
	size_t len = make_bomb(bomb, 200);

	ck_assert_msg(decode(bomb, len, &err), "%s", err.message);
	/* And two of them, through files, differing in the innermost. */
	char left[] = "/tmp/bis-bomb-XXXXXX", right[] = "/tmp/bis-bomb-XXXXXX";
	FILE *a = fdopen(mkstemp(left), "w"), *b = fdopen(mkstemp(right), "w");
	fwrite(bomb, 1, len, a);
	bomb[0] = ')';
	fwrite(bomb, 1, len, b);
	fclose(a);
	fclose(b);
	int result = compare_paths(left, right, NULL, &c, &err);
	remove(left);
	remove(right);
	ck_assert_msg(result == 0, "%s", err.message);
	ck_assert_int_eq(c.rung, RUNG_NONE);
	comparison_release(&c);
}
END_TEST

/* The same, a thousand wide and four deep, as the parameter of an estimator:
 * 10^12 values of JSON, if it were unfolded. */
START_TEST(a_wide_bomb_is_no_wider_as_json)
{
	struct strbuf sb = STRBUF_INIT(1 << 16);
	struct error err = ERROR_INIT;
	struct pickle p;

	strbuf_addstr(&sb, "]q");
	strbuf_addch(&sb, 0);
	for (int level = 1; level <= 6; level++) {
		strbuf_addf(&sb, "0]q%c(", level);
		for (int i = 0; i < 1000; i++) {
			strbuf_addch(&sb, 'h');
			strbuf_addch(&sb, (char)(level - 1));
		}
		strbuf_addch(&sb, 'e');
	}
	strbuf_addf(&sb, "cm\nA\n)\x81}V" "categories\nh%csb.", 6);
	ck_assert_msg(pickle_decode(&p, sb.buf, sb.len, &limits, &err) == 0,
		      "%s", err.message);
	ck_assert_str_eq(pickle_class(p.root), "m.A");
	json_t *summary = pickle_summary(&p);
	char *text = json_dumps(summary, 0);
	ck_assert_uint_lt(strlen(text), 16 << 20);
	free(text);
	json_decref(summary);
	read_all(&p);
	pickle_release(&p);
	strbuf_release(&sb);
}
END_TEST

/* "\x80\x04" and then count times the text, and a STOP. */
static bool decode_repeated(const char *text, size_t len, size_t count,
			    struct error *err)
{
	unsigned char *data = malloc(3 + len * count);
	size_t n = 2;

	memcpy(data, "\x80\x04", 2);
	for (size_t i = 0; i < count; i++, n += len)
		memcpy(data + n, text, len);
	data[n++] = '.';
	bool good = decode(data, n, err);
	free(data);
	return good;
}

START_TEST(what_grows_without_end_is_capped)
{
	static const struct {
		const char *text;
		size_t len;
	} cases[] = {
		{ "N", 1 }, { "(", 1 }, { "]", 1 }, { ")", 1 }, { "K\x01", 2 },
		{ "]\x94", 2 }, { "}", 1 }, { "\x8f", 1 },
		{ "]\x94h\x00" "a", 5 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = ERROR_INIT;
		bool good = decode_repeated(cases[i].text, cases[i].len,
					    900000 / cases[i].len, &err);
		ck_assert_msg(good || err.kind == ERROR_LIMIT, "%zu: %s", i,
			      err.message);
	}
}
END_TEST

/* Four gigabytes, or more than there is, of everything that has a count. */
START_TEST(counts_past_the_end_are_errors)
{
	static const char *const cases[] = {
		"T\xff\xff\xff\x7f", "X\xff\xff\xff\xff", "B\xff\xff\xff\xff",
		"\x8b\xff\xff\xff\x7f",
		"\x8d\xff\xff\xff\xff\xff\xff\xff\x7f",
		"\x8e\xff\xff\xff\xff\xff\xff\xff\xff",
		"\x96\xff\xff\xff\xff\xff\xff\xff\xff",
		"\x95\xff\xff\xff\xff\xff\xff\xff\xff",
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = ERROR_INIT;
		ck_assert(!decode((const unsigned char *)cases[i],
				  strlen(cases[i]), &err));
		ck_assert_int_eq(err.kind, ERROR_INVALID);
	}
}
END_TEST

/* An array that says more than its bytes hold, in every way that it can. */
static bool decode_array(const char *type, const char *shape, int bytes,
			 struct error *err)
{
	struct strbuf sb = STRBUF_INIT(4096);

	strbuf_addstr(&sb, "cnumpy.core.numeric\n_frombuffer\n(C");
	strbuf_addch(&sb, (char)bytes);
	strbuf_add(&sb, "0123456789abcdef", (size_t)bytes);
	strbuf_addf(&sb, "cnumpy\ndtype\n(V%s\nI00\nI01\ntR%sVC\ntR.", type,
		    shape);
	bool good = decode((const unsigned char *)sb.buf, sb.len, err);
	strbuf_release(&sb);
	return good;
}

START_TEST(arrays_hold_what_they_say)
{
	struct error err = ERROR_INIT;

	ck_assert_msg(decode_array("f8", "(I2\nt", 16, &err), "%s",
		      err.message);
	ck_assert(!decode_array("f8", "(I3\nt", 16, &err));
	ck_assert_msg(strstr(err.message, "3 elements of 8 bytes in 16 bytes"),
		      "%s", err.message);
	ck_assert(!decode_array("f8", "(I-2\nt", 16, &err));
	ck_assert(!decode_array("f8", "(I4611686018427387904\nI4\nt", 16,
				&err));
	ck_assert_int_eq(err.kind, ERROR_LIMIT);
	ck_assert(!decode_array("f8", "(I0\nI9223372036854775807\nt", 16,
				&err));
	ck_assert(!decode_array("O8", "(I2\nt", 16, &err));
	ck_assert(!decode_array("V1073741825", "(I1\nt", 16, &err));
	ck_assert(!decode_array("f7", "(I2\nt", 14, &err));
	ck_assert(!decode_array("f8", "(VX\nt", 16, &err));
	ck_assert(!decode_array("f8", "N", 16, &err));
	/* 2^48 elements of no bytes are no bytes, and are not walked. */
	ck_assert_msg(decode_array("V0", "(I281474976710656\nt", 0, &err),
		      "%s", err.message);
}
END_TEST

START_TEST(a_field_past_its_element_is_refused)
{
	static const char text[] =
		"cnumpy\ndtype\n(VV4\nI00\nI01\ntR(I3\nV|\nN(Va\nt}Va\n"
		"(cnumpy\ndtype\n(Vf8\nI00\nI01\ntRI0\ntsI4\nI1\nI0\ntb.";
	struct error err = ERROR_INIT;

	ck_assert(!decode((const unsigned char *)text, sizeof(text) - 1,
			  &err));
	ck_assert_msg(strstr(err.message, "field 'a' lies past its element"),
		      "%s", err.message);
}
END_TEST

START_TEST(a_type_changed_later_leaves_its_arrays_alone)
{
	/* An array of 2 x f8; then the same dtype is built into 2 x f8 each:
	 * the array must not read past its 16 bytes. */
	static const char text[] =
		"(cnumpy.core.numeric\n_frombuffer\n(C\x10"
		"0123456789abcdefcnumpy\ndtype\n(Vf8\nI00\nI01\ntRp1\n"
		"(I2\ntVC\ntRg1\n(I3\nV|\n(cnumpy\ndtype\n(Vf8\nI00\nI01\ntR"
		"(I1000\nttNNI8000\nI1\nI0\ntbl.";
	struct error err = ERROR_INIT;

	ck_assert_msg(decode((const unsigned char *)text, sizeof(text) - 1,
			     &err), "%s", err.message);
}
END_TEST

START_TEST(no_name_that_a_model_needs_runs_programs)
{
	static const char *const hostile[] = {
		"os.system", "posix.system", "nt.system", "subprocess.Popen",
		"builtins.eval", "builtins.exec", "builtins.open",
		"builtins.__import__", "importlib.import_module",
		"socket.socket", "shutil.rmtree", "runpy.run_path",
		"pickle.loads", "ctypes.CDLL", "sys.modules", "pty.spawn",
		"os.path.expanduser", "urllib.request.urlopen",
		"numpy.testing._private.utils.runstring",
	};
	static const char *const needed[] = {
		"sklearn.pipeline.Pipeline", "sklearn.tree._tree.Tree",
		"numpy.core.multiarray._reconstruct", "numpy.float64",
		"numpy.dtype", "builtins.slice", "collections.OrderedDict",
		"joblib.numpy_pickle.NumpyArrayWrapper",
		"scipy.sparse._csr.csr_matrix",
	};

	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++)
		ck_assert_msg(import_judge(hostile[i]) == IMPORT_HOSTILE, "%s",
			      hostile[i]);
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		ck_assert_msg(import_judge(needed[i]) == IMPORT_NEEDED, "%s",
			      needed[i]);
	ck_assert_int_eq(import_judge("osmnx.graph"), IMPORT_UNKNOWN);
	ck_assert_int_eq(import_judge("builtins.evaluate"), IMPORT_UNKNOWN);
	ck_assert_int_eq(import_judge("mymodel.Model"), IMPORT_UNKNOWN);
	ck_assert_int_eq(import_judge("cloudpickle.cloudpickle._make_function"),
			 IMPORT_CODE);
}
END_TEST

START_TEST(npy_headers_are_read_and_refused)
{
	static const struct {
		const char *header;
		bool good;
	} cases[] = {
		{ "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }",
		  true },
		{ "{'descr': [('a', '<f4'), ('b', '<i4', (1,))], "
		  "'fortran_order': True, 'shape': (2, 1)}", true },
		{ "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }",
		  false },
		{ "{'descr': '|O', 'fortran_order': False, 'shape': (2,), }",
		  false },
		{ "{'descr': '<f8', 'descr': '<f8', 'shape': (2,), }", false },
		{ "{'descr': '<f8', 'fortran_order': maybe, 'shape': (2,)}",
		  false },
		{ "{'descr': '<f8', 'fortran_order': False, 'shape': (2", false },
		{ "__import__('os').system('x')", false },
		{ "", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct arena arena = ARENA_INIT;
		struct error err = ERROR_INIT;
		struct ndarray a;
		unsigned char file[400] = "\x93NUMPY\x01\x00";
		size_t n = strlen(cases[i].header);
		file[8] = (unsigned char)n;
		file[9] = 0;
		memcpy(file + 10, cases[i].header, n);
		int result = npy_decode(&arena, file, 10 + n + 16, &a, &err);
		ck_assert_msg((result == 0) == cases[i].good, "%s: %s",
			      cases[i].header, err.message);
		for (size_t len = 0; len < 10 + n + 16; len++)
			ck_assert_int_eq(npy_decode(&arena, file, len, &a,
						    NULL), -1);
		arena_release(&arena);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("format/pickle_hostile");
	TCase *tcase = tcase_create("format/pickle_hostile");

	tcase_set_timeout(tcase, 300);
	tcase_add_loop_test(tcase, cut_short_at_every_byte_is_an_error, 0,
			    ARRAY_SIZE(vectors));
	tcase_add_loop_test(tcase, any_byte_changed_is_decoded_or_refused, 0,
			    ARRAY_SIZE(vectors));
	tcase_add_test(tcase, a_memo_bomb_costs_what_it_is_long);
	tcase_add_test(tcase, a_wide_bomb_is_no_wider_as_json);
	tcase_add_test(tcase, what_grows_without_end_is_capped);
	tcase_add_test(tcase, counts_past_the_end_are_errors);
	tcase_add_test(tcase, arrays_hold_what_they_say);
	tcase_add_test(tcase, a_field_past_its_element_is_refused);
	tcase_add_test(tcase, a_type_changed_later_leaves_its_arrays_alone);
	tcase_add_test(tcase, no_name_that_a_model_needs_runs_programs);
	tcase_add_test(tcase, npy_headers_are_read_and_refused);
	suite_add_tcase(suite, tcase);
	return tests_run(suite);
}
