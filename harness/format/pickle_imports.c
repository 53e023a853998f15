#include "format/pickle_imports.h"

#include "base/compiler.h"

#include <string.h>

/* A pattern ending in '.' takes every name below that module; any other is
 * one name, or a module and all below it. The longest that takes a name
 * decides, so that a table can say "collections." and still except one. */
static const struct rule {
	const char *pattern;
	enum import_verdict verdict;
} rules[] = {
	{ "_codecs.encode", IMPORT_NEEDED },
	{ "_operator", IMPORT_CODE },
	{ "asyncio", IMPORT_HOSTILE },
	{ "bdb", IMPORT_HOSTILE },
	{ "builtins.Ellipsis", IMPORT_NEEDED },
	{ "builtins.NotImplemented", IMPORT_NEEDED },
	{ "builtins.__import__", IMPORT_HOSTILE },
	{ "builtins.bool", IMPORT_NEEDED },
	{ "builtins.breakpoint", IMPORT_HOSTILE },
	{ "builtins.bytearray", IMPORT_NEEDED },
	{ "builtins.bytes", IMPORT_NEEDED },
	{ "builtins.compile", IMPORT_HOSTILE },
	{ "builtins.complex", IMPORT_NEEDED },
	{ "builtins.dict", IMPORT_NEEDED },
	{ "builtins.eval", IMPORT_HOSTILE },
	{ "builtins.exec", IMPORT_HOSTILE },
	{ "builtins.execfile", IMPORT_HOSTILE },
	{ "builtins.float", IMPORT_NEEDED },
	{ "builtins.frozenset", IMPORT_NEEDED },
	{ "builtins.getattr", IMPORT_CODE },
	{ "builtins.input", IMPORT_HOSTILE },
	{ "builtins.int", IMPORT_NEEDED },
	{ "builtins.list", IMPORT_NEEDED },
	{ "builtins.object", IMPORT_NEEDED },
	{ "builtins.open", IMPORT_HOSTILE },
	{ "builtins.print", IMPORT_CODE },
	{ "builtins.range", IMPORT_NEEDED },
	{ "builtins.set", IMPORT_NEEDED },
	{ "builtins.setattr", IMPORT_CODE },
	{ "builtins.slice", IMPORT_NEEDED },
	{ "builtins.str", IMPORT_NEEDED },
	{ "builtins.tuple", IMPORT_NEEDED },
	{ "builtins.type", IMPORT_NEEDED },
	{ "cProfile", IMPORT_HOSTILE },
	{ "catboost", IMPORT_NEEDED },
	{ "cloudpickle", IMPORT_CODE },
	{ "code", IMPORT_HOSTILE },
	{ "codeop", IMPORT_HOSTILE },
	{ "collections.Counter", IMPORT_NEEDED },
	{ "collections.OrderedDict", IMPORT_NEEDED },
	{ "collections.defaultdict", IMPORT_NEEDED },
	{ "collections.deque", IMPORT_NEEDED },
	{ "commands", IMPORT_HOSTILE },
	{ "copyreg.__newobj__", IMPORT_NEEDED },
	{ "copyreg.__newobj_ex__", IMPORT_NEEDED },
	{ "copyreg._reconstructor", IMPORT_NEEDED },
	{ "ctypes", IMPORT_HOSTILE },
	{ "datetime", IMPORT_NEEDED },
	{ "decimal.Decimal", IMPORT_NEEDED },
	{ "dill", IMPORT_CODE },
	{ "doctest", IMPORT_HOSTILE },
	{ "fileinput", IMPORT_HOSTILE },
	{ "fractions.Fraction", IMPORT_NEEDED },
	{ "ftplib", IMPORT_HOSTILE },
	{ "functools.partial", IMPORT_CODE },
	{ "http.client", IMPORT_HOSTILE },
	{ "http.server", IMPORT_HOSTILE },
	{ "httpx", IMPORT_HOSTILE },
	{ "imaplib", IMPORT_HOSTILE },
	{ "imblearn", IMPORT_NEEDED },
	{ "importlib", IMPORT_HOSTILE },
	{ "io.open", IMPORT_HOSTILE },
	{ "joblib.numpy_pickle.NumpyArrayWrapper", IMPORT_NEEDED },
	{ "lightgbm", IMPORT_NEEDED },
	{ "linecache", IMPORT_HOSTILE },
	{ "marshal", IMPORT_HOSTILE },
	{ "mmap", IMPORT_HOSTILE },
	{ "multiprocessing", IMPORT_HOSTILE },
	{ "nt", IMPORT_HOSTILE },
	{ "numpy.core.multiarray._reconstruct", IMPORT_NEEDED },
	{ "numpy.core.multiarray.scalar", IMPORT_NEEDED },
	{ "numpy.core.numeric._frombuffer", IMPORT_NEEDED },
	{ "numpy.dtype", IMPORT_NEEDED },
	{ "numpy.f2py", IMPORT_HOSTILE },
	{ "numpy.ndarray", IMPORT_NEEDED },
	{ "numpy.random._generator.Generator", IMPORT_NEEDED },
	{ "numpy.random._mt19937.MT19937", IMPORT_NEEDED },
	{ "numpy.random._pcg64.PCG64", IMPORT_NEEDED },
	{ "numpy.random._pickle.", IMPORT_NEEDED },
	{ "numpy.random.bit_generator.", IMPORT_NEEDED },
	{ "numpy.testing", IMPORT_HOSTILE },
	{ "operator", IMPORT_CODE },
	{ "os", IMPORT_HOSTILE },
	{ "pandas._libs.", IMPORT_NEEDED },
	{ "pandas.core.", IMPORT_NEEDED },
	{ "pdb", IMPORT_HOSTILE },
	{ "pickle", IMPORT_HOSTILE },
	{ "pip", IMPORT_HOSTILE },
	{ "pkgutil", IMPORT_HOSTILE },
	{ "platform", IMPORT_HOSTILE },
	{ "popen2", IMPORT_HOSTILE },
	{ "posix", IMPORT_HOSTILE },
	{ "posixpath", IMPORT_HOSTILE },
	{ "profile", IMPORT_HOSTILE },
	{ "pty", IMPORT_HOSTILE },
	{ "pydoc", IMPORT_HOSTILE },
	{ "requests", IMPORT_HOSTILE },
	{ "runpy", IMPORT_HOSTILE },
	{ "scipy.sparse.", IMPORT_NEEDED },
	{ "shelve", IMPORT_HOSTILE },
	{ "shutil", IMPORT_HOSTILE },
	{ "signal", IMPORT_HOSTILE },
	{ "site", IMPORT_HOSTILE },
	{ "sklearn.", IMPORT_NEEDED },
	{ "smtplib", IMPORT_HOSTILE },
	{ "socket", IMPORT_HOSTILE },
	{ "socketserver", IMPORT_HOSTILE },
	{ "sqlite3", IMPORT_HOSTILE },
	{ "ssl", IMPORT_HOSTILE },
	{ "subprocess", IMPORT_HOSTILE },
	{ "sys", IMPORT_HOSTILE },
	{ "tempfile", IMPORT_HOSTILE },
	{ "threading", IMPORT_HOSTILE },
	{ "timeit", IMPORT_HOSTILE },
	{ "trace", IMPORT_HOSTILE },
	{ "types.CodeType", IMPORT_CODE },
	{ "types.FunctionType", IMPORT_CODE },
	{ "urllib", IMPORT_HOSTILE },
	{ "urllib3", IMPORT_HOSTILE },
	{ "venv", IMPORT_HOSTILE },
	{ "webbrowser", IMPORT_HOSTILE },
	{ "xgboost", IMPORT_NEEDED },
	{ "zipimport", IMPORT_HOSTILE },
};

/* NumPy's scalar types and those of its elements: numpy.float64, numpy.str_. */
static bool is_numpy_type(const char *full)
{
	static const char *const starts[] = {
		"bool", "bytes_", "complex", "datetime64", "dtypes.", "float",
		"int", "longdouble", "longlong", "object_", "str_",
		"timedelta64", "uint", "ulonglong", "void",
	};

	if (strncmp(full, "numpy.", 6) != 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(starts); i++)
		if (strncmp(full + 6, starts[i], strlen(starts[i])) == 0)
			return true;
	return false;
}

const char *import_verdict_name(enum import_verdict verdict)
{
	static const char *const names[] = {
		[IMPORT_NEEDED] = "needed", [IMPORT_UNKNOWN] = "unknown",
		[IMPORT_CODE] = "carries code", [IMPORT_HOSTILE] = "hostile",
	};

	return names[verdict];
}

static bool takes(const char *pattern, size_t n, const char *full)
{
	if (strncmp(full, pattern, n) != 0)
		return false;
	return pattern[n - 1] == '.' || full[n] == '\0' || full[n] == '.';
}

enum import_verdict import_judge(const char *full)
{
	enum import_verdict verdict = is_numpy_type(full) ? IMPORT_NEEDED
							  : IMPORT_UNKNOWN;
	size_t longest = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		size_t n = strlen(rules[i].pattern);
		if (n > longest && takes(rules[i].pattern, n, full)) {
			longest = n;
			verdict = rules[i].verdict;
		}
	}
	return verdict;
}

enum import_verdict pickle_judge(const struct pickle *p)
{
	enum import_verdict worst = IMPORT_NEEDED;

	for (size_t i = 0; i < p->n_globals; i++) {
		enum import_verdict v = import_judge(p->globals[i]->full);
		if (v > worst)
			worst = v;
	}
	return worst;
}
