#include "model/sklearn_pickle.h"
#include "model/estimator_pickle.h"

static void put_steps(struct numpy_pickle *np, const struct pipeline *pipeline,
		      const struct labels *labels)
{
	struct pickler *p = np->p;
	struct pickler_batch b;

	pickler_list(p, &b, 2);
	pickler_item(p, &b);
	pickler_tuple(p, 2);
	pickler_text(p, "prep");
	pickle_encoder(np, &pipeline->encoder);
	pickler_tuple_end(p, 2);
	pickler_item(p, &b);
	pickler_tuple(p, 2);
	pickler_text(p, "clf");
	pickle_forest(np, &pipeline->forest, labels);
	pickler_tuple_end(p, 2);
	pickler_end(p, &b);
}

int sklearn_pickle_pipeline(const struct pipeline *pipeline,
			    const struct labels *labels,
			    const struct byte_sink *sink, struct error *err)
{
	struct pickler p;
	struct numpy_pickle np = {.p = &p};
	struct pickler_batch b;

	pickler_init(&p, sink, err);
	pickle_estimator(&p, &b, "sklearn.pipeline", "Pipeline", 5);
	pickle_key(&p, &b, "steps");
	put_steps(&np, pipeline, labels);
	pickle_key_none(&p, &b, "transform_input");
	pickle_key_none(&p, &b, "memory");
	pickle_key_bool(&p, &b, "verbose", false);
	pickle_estimator_end(&p, &b);
	return pickler_finish(&p);
}

int sklearn_pickle_classifier(const struct forest *forest,
			      const struct labels *labels,
			      const struct byte_sink *sink, struct error *err)
{
	struct pickler p;
	struct numpy_pickle np = {.p = &p};

	pickler_init(&p, sink, err);
	pickle_forest(&np, forest, labels);
	return pickler_finish(&p);
}
