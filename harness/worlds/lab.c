#include "worlds/lab.h"

#include "base/compiler.h"
#include "base/suggest.h"
#include "format/yaml.h"
#include "scenario/validate.h"

#include <string.h>
#include <strings.h>

enum { MOST_FEATURES = 500, MOST_ORDERS = 100000 };

static const char *const types[] = {"boolean", "number", "text", NULL};

static const struct key_spec feature_keys[] = {
	{.name = "column",
	 .type = KEY_STRING,
	 .required = true,
	 .doc = "The column, and the feature's name."},
	{.name = "missing",
	 .type = KEY_STRINGS,
	 .doc = "What ingestions make of an empty cell, the usual first."},
	{.name = "table",
	 .type = KEY_STRING,
	 .required = true,
	 .doc = "The file it is in, without .csv."},
	{.name = "type",
	 .type = KEY_CHOICE,
	 .choices = types,
	 .required = true,
	 .doc = "What its cells are."},
	{0},
};

static const struct key_spec table_keys[] = {
	{.name = "columns",
	 .type = KEY_VALUES,
	 .required = true,
	 .doc = "Its columns in order, and their types."},
	{.name = "table", .type = KEY_STRING, .required = true, .doc = "Its name."},
	{0},
};

static const struct key_spec split_keys[] = {
	{.name = "seed",
	 .type = KEY_INTEGER,
	 .required = true,
	 .doc = "random_state of the split."},
	{.name = "stratify",
	 .type = KEY_BOOLEAN,
	 .doc = "Whether each class is split alike."},
	{.name = "test_size",
	 .type = KEY_NUMBER,
	 .required = true,
	 .doc = "The share of rows that is held back."},
	{0},
};

static const struct key_spec target_keys[] = {
	{.name = "column",
	 .type = KEY_STRING,
	 .required = true,
	 .doc = "The column of the label: True or False."},
	{.name = "table",
	 .type = KEY_STRING,
	 .required = true,
	 .doc = "The file it is in, without .csv."},
	{0},
};

static const struct key_spec lab_keys[] = {
	{.name = "bis-worlds",
	 .type = KEY_INTEGER,
	 .required = true,
	 .doc = "The version of this format: 1."},
	{.name = "features",
	 .type = KEY_MAPPINGS,
	 .keys = feature_keys,
	 .required = true,
	 .doc = "The features, in the order of training."},
	{.name = "forest",
	 .type = KEY_ANY,
	 .required = true,
	 .doc = "RandomForestClassifier's parameters."},
	{.name = "heap",
	 .type = KEY_MAPPINGS,
	 .keys = table_keys,
	 .doc = "The tables through which the users pass, as they lie."},
	{.name = "key",
	 .type = KEY_STRING,
	 .required = true,
	 .doc = "The column that joins the tables."},
	{.name = "metrics",
	 .type = KEY_LISTS,
	 .doc = "What people call accuracy, auc, f1 and log_loss."},
	{.name = "months",
	 .type = KEY_VALUES,
	 .required = true,
	 .doc = "The folders, and the day that each describes."},
	{.name = "orders",
	 .type = KEY_INTEGER,
	 .doc = "Row orders that are tried in each world."},
	{.name = "split",
	 .type = KEY_MAPPING,
	 .keys = split_keys,
	 .required = true,
	 .doc = "train_test_split()'s parameters."},
	{.name = "target",
	 .type = KEY_MAPPING,
	 .keys = target_keys,
	 .required = true,
	 .doc = "The label."},
	{0},
};

static const char *const metric_names[LAB_METRICS] = {
	[LAB_ACCURACY] = "accuracy",
	[LAB_AUC] = "auc",
	[LAB_F1] = "f1",
	[LAB_LOG_LOSS] = "log_loss",
};

const char *lab_metric_name(enum lab_metric metric)
{
	return metric_names[metric];
}

enum lab_metric lab_metric_find(const struct worlds_lab *lab, const char *name)
{
	for (int m = 0; m < LAB_METRICS; m++) {
		if (!strcasecmp(metric_names[m], name))
			return (enum lab_metric)m;
		for (size_t i = 0; lab->names[m] && lab->names[m][i]; i++)
			if (!strcasecmp(lab->names[m][i], name))
				return (enum lab_metric)m;
	}
	return LAB_METRICS;
}

static const char *text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* A name of a file or folder of the data: no path. */
static bool is_name(const char *name)
{
	return *name && *name != '.' && !strchr(name, '/');
}

static void read_missing(struct worlds_lab *lab, struct lab_feature *feature,
			 const json_t *list, struct arena *arena)
{
	size_t n = json_array_size(list);
	const char **missing = arena_array(arena, n + 1, sizeof(*missing));

	for (size_t i = 0; i < n; i++)
		missing[i] = json_string_value(json_array_get(list, i));
	feature->missing = missing;
	feature->n_missing = n;
	if (n > lab->n_readings)
		lab->n_readings = n;
}

const char *lab_feature_missing(const struct lab_feature *feature,
				size_t reading)
{
	if (!feature->n_missing)
		return NULL;
	return feature->missing[reading < feature->n_missing
					? reading
					: feature->n_missing - 1];
}

static int read_features(struct worlds_lab *lab, const struct yaml_node *root,
			 struct arena *arena, struct error *err)
{
	const json_t *list = json_object_get(lab->document, "features");
	size_t n = json_array_size(list);
	struct lab_feature *features =
		arena_array(arena, n + 1, sizeof(*features));

	if (!n || n > MOST_FEATURES)
		return yaml_complain(yaml_get(root, "features"), err,
				     "1 to %d features are needed",
				     MOST_FEATURES);
	for (size_t i = 0; i < n; i++) {
		const json_t *from = json_array_get(list, i);
		const char *type = text(from, "type");

		features[i] = (struct lab_feature){
			.table = text(from, "table"),
			.column = text(from, "column"),
		};
		while (strcmp(types[features[i].type], type) != 0)
			features[i].type++;
		read_missing(lab, &features[i],
			     json_object_get(from, "missing"), arena);
		if (!is_name(features[i].table))
			return yaml_complain(yaml_get(root, "features"), err,
					     "`%s` is no name of a table",
					     features[i].table);
	}
	lab->features = features;
	lab->n_features = n;
	return 0;
}

static int read_table(struct lab_table *table, const json_t *from,
		      const struct yaml_node *place, struct arena *arena,
		      struct error *err)
{
	const json_t *columns = json_object_get(from, "columns");
	size_t n = json_object_size(columns);
	const char *name;
	json_t *value;

	table->name = text(from, "table");
	table->columns = arena_array(arena, n + 1, sizeof(*table->columns));
	table->types = arena_array(arena, n + 1, sizeof(*table->types));
	json_object_foreach((json_t *)columns, name, value) {
		int type = 0;

		while (type < HEAP_TYPES &&
		       strcmp(heap_type_name((enum heap_type)type),
			      json_string_value(value)) != 0)
			type++;
		if (type == HEAP_TYPES)
			return yaml_complain(place, err,
					     "%s.%s: no type `%s`", table->name,
					     name, json_string_value(value));
		table->types[table->n_columns] = (enum heap_type)type;
		table->columns[table->n_columns++] = name;
	}
	return 0;
}

static int read_heap(struct worlds_lab *lab, const struct yaml_node *root,
		     struct arena *arena, struct error *err)
{
	const json_t *list = json_object_get(lab->document, "heap");
	size_t n = json_array_size(list);
	struct lab_table *tables = arena_array(arena, n + 1, sizeof(*tables));

	for (size_t i = 0; i < n; i++)
		if (read_table(&tables[i], json_array_get(list, i),
			       yaml_get(root, "heap"), arena, err) < 0)
			return -1;
	lab->tables = tables;
	lab->n_tables = n;
	return 0;
}

static int read_months(struct worlds_lab *lab, const struct yaml_node *root,
		       struct arena *arena, struct error *err)
{
	const struct yaml_node *node = yaml_get(root, "months");
	struct lab_month *months =
		arena_array(arena, node->count + 1, sizeof(*months));

	if (!node->count)
		return yaml_complain(node, err, "no month is named");
	for (size_t i = 0; i < node->count; i++) {
		months[i].folder = node->pairs[i].key->text;
		months[i].as_of = node->pairs[i].value->text;
		if (!is_name(months[i].folder))
			return yaml_complain(node->pairs[i].key, err,
					     "`%s` is no name of a folder",
					     months[i].folder);
	}
	lab->months = months;
	lab->n_months = node->count;
	return 0;
}

static int read_metrics(struct worlds_lab *lab, const struct yaml_node *root,
			struct arena *arena, struct error *err)
{
	const struct yaml_node *node = yaml_get(root, "metrics");
	const char *name;
	json_t *list;

	json_object_foreach(json_object_get(lab->document, "metrics"), name,
			    list) {
		size_t n = json_array_size(list);
		const char **names = arena_array(arena, n + 1, sizeof(*names));
		int m = 0;

		while (m < LAB_METRICS && strcmp(metric_names[m], name) != 0)
			m++;
		if (m == LAB_METRICS)
			return yaml_complain(node, err,
					     "`%s` is no metric: there are "
					     "accuracy, auc, f1 and log_loss",
					     name);
		for (size_t i = 0; i < n; i++)
			names[i] = json_string_value(json_array_get(list, i));
		lab->names[m] = names;
	}
	return 0;
}

static int read_fit(struct worlds_lab *lab, const struct yaml_node *root,
		    struct error *err)
{
	const json_t *split = json_object_get(lab->document, "split");
	const json_t *forest = json_object_get(lab->document, "forest");
	const json_t *orders = json_object_get(lab->document, "orders");
	json_int_t seed = json_integer_value(json_object_get(split, "seed"));
	json_int_t n = orders ? json_integer_value(orders) : 50;
	char *params = json_dumps(forest, JSON_ENCODE_ANY);
	int result;

	result = forest_params_parse(&lab->forest, params, strlen(params), err);
	free(params);
	if (result < 0)
		return error_context(err, "reading %s: forest", lab->path);
	if (seed < 0 || seed > UINT32_MAX)
		return yaml_complain(yaml_get(root, "split"), err,
				     "the seed is no number from 0 to "
				     "4294967295");
	if (n < 1 || n > MOST_ORDERS)
		return yaml_complain(yaml_get(root, "orders"), err,
				     "1 to %d orders can be tried",
				     MOST_ORDERS);
	lab->split_seed = (uint32_t)seed;
	lab->orders = (size_t)n;
	lab->test_size = json_number_value(json_object_get(split, "test_size"));
	lab->stratify = json_is_true(json_object_get(split, "stratify"));
	return 0;
}

static int read_document(struct worlds_lab *lab, const struct yaml_node *root,
			 struct arena *arena, struct error *err)
{
	const struct yaml_node *version = yaml_get(root, "bis-worlds");
	const json_t *target;

	if (!version || version->type != YAML_INTEGER || version->integer != 1)
		return yaml_complain(version ? version : root, err,
				     "not a description of worlds: its first "
				     "key must be `bis-worlds: 1`");
	if (validate_mapping(root, lab_keys, "a description of worlds", NULL,
			     &lab->document, err) < 0)
		return -1;
	target = json_object_get(lab->document, "target");
	lab->key = text(lab->document, "key");
	lab->target_table = text(target, "table");
	lab->target_column = text(target, "column");
	if (!is_name(lab->target_table))
		return yaml_complain(yaml_get(root, "target"), err,
				     "`%s` is no name of a table",
				     lab->target_table);
	if (read_features(lab, root, arena, err) < 0 ||
	    read_heap(lab, root, arena, err) < 0 ||
	    read_months(lab, root, arena, err) < 0 ||
	    read_metrics(lab, root, arena, err) < 0)
		return -1;
	return read_fit(lab, root, err);
}

int worlds_lab_read(const char *path, struct arena *arena,
		    struct worlds_lab *ret, struct error *err)
{
	struct worlds_lab lab = {.path = arena_strdup(arena, path),
				 .n_readings = 1};
	const struct yaml_node *root;

	if (yaml_read_file(path, NULL, NULL, arena, &root, err) < 0)
		return -1;
	if (read_document(&lab, root, arena, err) < 0) {
		worlds_lab_release(&lab);
		return -1;
	}
	*ret = lab;
	return 0;
}

void worlds_lab_release(struct worlds_lab *lab)
{
	json_decref(lab->document);
	*lab = (struct worlds_lab){0};
}
