#include "model/estimator_pickle.h"

/* The keys of one object's state: pairs are counted by hand in each writer,
 * since the pickler must know them beforehand. */
void pickle_key(struct pickler *p, struct pickler_batch *b, const char *name)
{
	pickler_item(p, b);
	pickler_text(p, name);
}

void pickle_key_none(struct pickler *p, struct pickler_batch *b,
		     const char *name)
{
	pickle_key(p, b, name);
	pickler_none(p);
}

void pickle_key_bool(struct pickler *p, struct pickler_batch *b,
		     const char *name, bool value)
{
	pickle_key(p, b, name);
	pickler_bool(p, value);
}

void pickle_key_int(struct pickler *p, struct pickler_batch *b,
		    const char *name, int64_t value)
{
	pickle_key(p, b, name);
	pickler_int(p, value);
}

void pickle_key_float(struct pickler *p, struct pickler_batch *b,
		      const char *name, double value)
{
	pickle_key(p, b, name);
	pickler_float(p, value);
}

void pickle_key_text(struct pickler *p, struct pickler_batch *b,
		     const char *name, const char *text)
{
	pickle_key(p, b, name);
	if (text)
		pickler_text(p, text);
	else
		pickler_none(p);
}

void pickle_key_number(struct pickler *p, struct pickler_batch *b,
		       const char *name, const struct forest_number *n)
{
	switch (n->kind) {
	case FOREST_NUMBER_NONE:
		pickle_key_none(p, b, name);
		break;
	case FOREST_NUMBER_INT:
		pickle_key_int(p, b, name, n->integer);
		break;
	case FOREST_NUMBER_FLOAT:
		pickle_key_float(p, b, name, n->real);
		break;
	case FOREST_NUMBER_SQRT:
		pickle_key_text(p, b, name, "sqrt");
		break;
	case FOREST_NUMBER_LOG2:
		pickle_key_text(p, b, name, "log2");
		break;
	}
}

/* An estimator and its state of `count` keys, _sklearn_version counted. */
pickler_id pickle_estimator(struct pickler *p, struct pickler_batch *b,
			    const char *module, const char *name, size_t count)
{
	pickler_id id;

	pickler_global(p, module, name);
	id = pickler_new(p);
	pickler_dict(p, b, count);
	return id;
}

void pickle_estimator_end(struct pickler *p, struct pickler_batch *b)
{
	pickle_key_text(p, b, "_sklearn_version", "1.7.2");
	pickler_end(p, b);
	pickler_build(p);
}
