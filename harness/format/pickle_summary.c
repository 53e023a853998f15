#include "format/pickle_summary.h"

#include <string.h>

/* What a list may hold is unfolded wherever it is referred to, so each of
 * these is a cap on work. */
enum { MAX_NESTING = 8, MAX_STEPS = 200, MAX_IMPORTS = 1000, MAX_PARAMS = 200,
       MAX_COLUMNS = 10000, MAX_ENCODED = 200, MAX_TREES = 10000 };

bool pickle_is_pipeline(const struct pickle_value *v)
{
	return pickle_is_a(v, "sklearn.pipeline.Pipeline") ||
	       pickle_is_a(v, "imblearn.pipeline.Pipeline");
}

/* The estimator of the i-th (name, estimator) of a Pipeline; "last" is past
 * every index. */
static const struct pickle_value *step_at(const struct pickle_value *v,
					  size_t i)
{
	const struct pickle_value *steps = pickle_attribute(v, "steps");
	size_t n = pickle_len(steps);

	if (n && i >= n)
		i = n - 1;
	return pickle_at(pickle_at(steps, i), 1);
}

const struct pickle_value *pickle_final_estimator(const struct pickle_value *v)
{
	for (int i = 0; i < MAX_NESTING && pickle_is_pipeline(v); i++) {
		const struct pickle_value *last = step_at(v, SIZE_MAX);
		if (!last)
			break;
		v = last;
	}
	return v;
}

const struct pickle_value *pickle_feature_names(const struct pickle_value *v)
{
	for (int i = 0; v && i < MAX_NESTING; i++) {
		const struct pickle_value *names =
			pickle_attribute(v, "feature_names_in_");
		if (names || !pickle_is_pipeline(v))
			return names;
		v = step_at(v, 0);
	}
	return NULL;
}

/* An attribute of the object, or of a Pipeline's first step. */
static const struct pickle_value *first_attribute(const struct pickle_value *v,
						  const char *name)
{
	for (int i = 0; v && i < MAX_NESTING; i++) {
		const struct pickle_value *found = pickle_attribute(v, name);
		if (found || !pickle_is_pipeline(v))
			return found;
		v = step_at(v, 0);
	}
	return NULL;
}

json_t *pickle_params(const struct pickle_value *v)
{
	const struct pickle_value *state = pickle_state_dict(v);
	json_t *params;

	if (!state)
		return NULL;
	params = json_object();
	for (size_t i = 0; i + 1 < state->list.len && i < 2 * MAX_PARAMS;
	     i += 2) {
		const struct pickle_value *key = state->list.at[i];
		if (key->type != PICKLE_STR || !key->text.len ||
		    key->text.at[0] == '_' ||
		    key->text.at[key->text.len - 1] == '_')
			continue;
		json_object_setn_new(params, key->text.at, key->text.len,
				     pickle_to_json(state->list.at[i + 1], 3));
	}
	return params;
}

static json_t *steps_json(const struct pickle_value *v)
{
	const struct pickle_value *steps = pickle_attribute(v, "steps");
	json_t *list = json_array();

	for (size_t i = 0; i < pickle_len(steps) && i < MAX_STEPS; i++) {
		const struct pickle_value *step = pickle_at(steps, i);
		const struct pickle_value *made = pickle_at(step, 1);
		json_t *entry = json_object();
		json_object_set_new(entry, "name",
				    pickle_to_json(pickle_at(step, 0), 1));
		json_object_set_new(entry, "class", made
			? json_string(made->type == PICKLE_STR
				      ? "passthrough" : pickle_class(made))
			: json_null());
		json_array_append_new(list, entry);
	}
	return list;
}

/* Columns, as the caller of a ColumnTransformer sees them. */
struct columns {
	json_t *text, *numeric, *dropped;
	json_t *categories; /* by column: what the encoder knows */
	const struct pickle_value *names; /* feature_names_in_, or NULL */
};

static bool encodes_categories(const struct pickle_value *v, int depth)
{
	const char *name = pickle_class(v);

	if (depth > MAX_NESTING || !name)
		return false;
	if (pickle_is_pipeline(v)) {
		const struct pickle_value *steps = pickle_attribute(v, "steps");
		for (size_t i = 0; i < pickle_len(steps) && i < MAX_STEPS; i++)
			if (encodes_categories(pickle_at(pickle_at(steps, i),
							 1), depth + 1))
				return true;
		return false;
	}
	const char *dot = strrchr(name, '.');
	const char *last = dot ? dot + 1 : name;
	size_t n = strlen(last);
	return v->type == PICKLE_OBJECT && n > 7 &&
	       strcmp(last + n - 7, "Encoder") == 0;
}

/* A column given as a name, or as a position among the features. */
static json_t *column_name(const struct columns *c,
			   const struct pickle_value *column)
{
	int64_t i;

	if (pickle_int(column, &i) && i >= 0 &&
	    (size_t)i < pickle_len(c->names))
		column = pickle_at(c->names, (size_t)i);
	return pickle_to_json(column, 0);
}

static json_t *array_of_columns(const struct columns *c,
				const struct pickle_value *v)
{
	json_t *list = json_array();
	json_t *as_json = pickle_to_json(v, 1);

	/* Positions in a NumPy array, or names in one of fixed-width text. */
	for (size_t i = 0; i < json_array_size(as_json); i++) {
		json_t *item = json_array_get(as_json, i);
		json_int_t at = json_integer_value(item);
		if (json_is_integer(item) && at >= 0 &&
		    (size_t)at < pickle_len(c->names))
			json_array_append_new(list, pickle_to_json(
				pickle_at(c->names, (size_t)at), 0));
		else
			json_array_append(list, item);
	}
	json_decref(as_json);
	return list;
}

static json_t *columns_of(const struct columns *c,
			  const struct pickle_value *v)
{
	const struct pickle_value *data = pickle_attribute(v, "data");
	json_t *list;

	if (data) /* scikit-learn 1.5 keeps a remainder in a list of its own */
		v = data;
	if (v && v->type == PICKLE_ARRAY && !v->array->objects)
		return array_of_columns(c, v);
	list = json_array();
	if (v && (v->type == PICKLE_STR || v->type == PICKLE_INT))
		json_array_append_new(list, column_name(c, v));
	for (size_t i = 0; i < pickle_len(v) && i < MAX_COLUMNS; i++)
		json_array_append_new(list, column_name(c, pickle_at(v, i)));
	return list;
}

/* The encoder itself, or the one inside a Pipeline. */
static const struct pickle_value *find_encoder(const struct pickle_value *v)
{
	const struct pickle_value *steps = pickle_attribute(v, "steps");

	if (!pickle_is_pipeline(v))
		return v;
	for (size_t i = 0; i < pickle_len(steps) && i < MAX_STEPS; i++) {
		const struct pickle_value *step =
			pickle_at(pickle_at(steps, i), 1);
		if (encodes_categories(step, 1))
			return step;
	}
	return NULL;
}

static void add_categories(const struct columns *c, const json_t *columns,
			   const struct pickle_value *v)
{
	const struct pickle_value *lists =
		pickle_attribute(find_encoder(v), "categories_");

	for (size_t i = 0; i < pickle_len(lists) && i < MAX_COLUMNS; i++) {
		const char *name =
			json_string_value(json_array_get(columns, i));
		if (name && json_object_size(c->categories) < MAX_ENCODED)
			json_object_set_new(c->categories, name,
				pickle_to_json(pickle_at(lists, i), 1));
	}
}

static void add_transformer(const struct columns *c,
			    const struct pickle_value *entry)
{
	const struct pickle_value *made = pickle_at(entry, 1);
	json_t *columns = columns_of(c, pickle_at(entry, 2));

	if (pickle_is_str(made, "drop")) {
		json_array_extend(c->dropped, columns);
	} else if (encodes_categories(made, 0)) {
		json_array_extend(c->text, columns);
		add_categories(c, columns, made);
	} else {
		json_array_extend(c->numeric, columns);
	}
	json_decref(columns);
}

/* The first ColumnTransformer or encoder among nested steps. */
static const struct pickle_value *find_transformer(const struct pickle_value *v,
						   int depth)
{
	const char *name = pickle_class(v);
	const struct pickle_value *steps;

	if (!name || depth > MAX_NESTING)
		return NULL;
	if (!pickle_is_pipeline(v))
		return pickle_attribute(v, "transformers_") ||
		       encodes_categories(v, depth) ? v : NULL;
	steps = pickle_attribute(v, "steps");
	for (size_t i = 0; i < pickle_len(steps) && i < MAX_STEPS; i++) {
		const struct pickle_value *found = find_transformer(
			pickle_at(pickle_at(steps, i), 1), depth + 1);
		if (found)
			return found;
	}
	return NULL;
}

static void add_columns(json_t *out, const struct pickle_value *model)
{
	const struct pickle_value *v = find_transformer(model, 0);
	struct columns c = { json_array(), json_array(), json_array(),
			     json_object(), pickle_feature_names(v) };
	const struct pickle_value *list = pickle_attribute(v, "transformers_");

	for (size_t i = 0; i < pickle_len(list) && i < MAX_STEPS; i++)
		add_transformer(&c, pickle_at(list, i));
	if (v && !list) { /* an encoder that takes every column */
		json_t *columns = columns_of(&c, c.names);
		json_array_extend(c.text, columns);
		add_categories(&c, columns, v);
		json_decref(columns);
	}
	if (v) {
		json_object_set(out, "text_columns", c.text);
		json_object_set(out, "numeric_columns", c.numeric);
		json_object_set(out, "dropped_columns", c.dropped);
		json_object_set(out, "categories", c.categories);
	}
	json_decref(c.text);
	json_decref(c.numeric);
	json_decref(c.dropped);
	json_decref(c.categories);
}

static json_t *estimator_json(const struct pickle_value *v)
{
	const struct pickle_value *trees = pickle_attribute(v, "estimators_");
	json_t *out = json_object();
	json_int_t n_nodes = 0;

	json_object_set_new(out, "class", json_string(pickle_class(v)));
	if (pickle_state_dict(v))
		json_object_set_new(out, "params", pickle_params(v));
	if (!pickle_len(trees))
		return out;
	json_object_set_new(out, "n_trees",
			    json_integer((json_int_t)pickle_len(trees)));
	for (size_t i = 0; i < pickle_len(trees) && i < MAX_TREES; i++) {
		int64_t n;
		if (pickle_int(pickle_get(pickle_at(trees, i),
					  "tree_.node_count"), &n) &&
		    n >= 0 && n < INT32_MAX)
			n_nodes += n;
	}
	if (n_nodes)
		json_object_set_new(out, "n_nodes", json_integer(n_nodes));
	return out;
}

static void set_if(json_t *out, const char *key, const struct pickle_value *v)
{
	if (v && v->type != PICKLE_NONE)
		json_object_set_new(out, key, pickle_to_json(v, 1));
}

static void add_model(json_t *out, const struct pickle_value *v)
{
	const struct pickle_value *last = pickle_final_estimator(v);
	const struct pickle_value *version;

	if (pickle_is_pipeline(v))
		json_object_set_new(out, "steps", steps_json(v));
	json_object_set_new(out, "estimator", estimator_json(last));
	if (pickle_state_dict(v))
		json_object_set_new(out, "params", pickle_params(v));
	set_if(out, "n_features_in", first_attribute(v, "n_features_in_"));
	set_if(out, "feature_names_in", pickle_feature_names(v));
	set_if(out, "classes", pickle_attribute(last, "classes_"));
	version = pickle_attribute(v, "_sklearn_version");
	if (!version)
		version = pickle_attribute(last, "_sklearn_version");
	if (version) {
		json_t *versions = json_object();
		set_if(versions, "sklearn", version);
		json_object_set_new(out, "versions", versions);
	}
	add_columns(out, v);
}

json_t *pickle_summary(const struct pickle *p)
{
	json_t *out = json_object(), *imports = json_array();

	json_object_set_new(out, "format", json_string("pickle"));
	json_object_set_new(out, "protocol", json_integer(p->protocol));
	json_object_set_new(out, "joblib", json_boolean(p->joblib));
	json_object_set_new(out, "class", json_string(pickle_class(p->root)));
	if (p->root->type == PICKLE_OBJECT)
		add_model(out, p->root);
	for (size_t i = 0; i < p->n_globals && i < MAX_IMPORTS; i++)
		json_array_append_new(imports,
				      json_string(p->globals[i]->full));
	json_object_set_new(out, "imports", imports);
	return out;
}

int pickle_summary_file(const char *path, json_t **ret, struct error *err)
{
	struct pickle p;

	if (pickle_open(&p, path, NULL, err) < 0)
		return -1;
	*ret = pickle_summary(&p);
	pickle_release(&p);
	return 0;
}
