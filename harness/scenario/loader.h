/*
 * Loading a scenario, in four files: load.c reads the files and what stands at
 * their top, load_step.c builds exercises, steps and perturbations,
 * load_arguments.c reads what can hold variables and expressions,
 * load_needs.c checks what only holds for the whole (ids, needs, points).
 */
#ifndef SCENARIO_LOADER_H
#define SCENARIO_LOADER_H

#include "base/map.h"
#include "format/yaml.h"
#include "scenario/grammar.h"

enum id_kind { ID_EXERCISE, ID_STEP, ID_PERTURB };

/* Something that has an id, in the order of the file. */
struct identified {
	enum id_kind kind;
	const char *id;
	const struct yaml_node *node;    /* of the id */
	const struct yaml_node *needs;   /* or NULL */
	const struct identified *within; /* the exercise of a step */
	struct exercise *exercise;
	struct step *step;
	struct perturb *perturb;
	size_t order;
	int mark; /* of the search for circles */
};

struct loaded_file {
	const char *path; /* as complaints call it */
	const struct yaml_node *root;
};

struct loader {
	const struct scenario_tables *tables;
	const struct grammar *outline, *grammar;
	struct arena *arena;
	struct scenario *scenario;
	const json_t *extra_vars;
	VEC(struct loaded_file) files; /* what is included comes first */
	VEC(const char *) reading;     /* resolved paths, outermost first */
	size_t file_count;             /* with lists of steps */
	VEC(const struct yaml_node *) roots; /* of every file */
	struct map ids;                /* id -> identified */
	VEC(struct identified *) identified;
	struct map captures;           /* name -> yaml_node that made it */
	const char *world; /* the perturbation whose steps are built, or NULL */
	struct error *err;
};

/* Reads a file that `from` (NULL: the command line) asks for. */
int loader_read(struct loader *l, const char *path,
		const struct yaml_node *from, const struct yaml_node **ret);
/* Whether a circle of includes or too many files; loader_leave() after. */
int loader_enter(struct loader *l, const char *path,
		 const struct yaml_node *from);
void loader_leave(struct loader *l);
/* The path of an included file: relative to the file that names it. */
const char *loader_relative(struct loader *l, const struct yaml_node *name);

/* What stands under a key of the thing with that id: where an including file
 * overrides it, there. NULL where it is not given. */
const struct yaml_node *loader_field(const struct loader *l, const char *id,
				     const struct yaml_node *node,
				     const char *key);

/* Of a variable or capture: NULL, or what a good name does that this one does
 * not ("begins with a letter"). */
const char *loader_bad_name(const char *name);

/* load_arguments.c. An expression, with every name in it known. */
int loader_expression(struct loader *l, const struct yaml_node *node,
		      struct expression *ret);
int loader_lone_expression(struct loader *l, const struct yaml_node *node,
			   const struct expression **ret);
/* The mapping under a kind's key; its expressions go into the step. step NULL:
 * a change. The caller owns *ret. */
int loader_arguments(struct loader *l, const struct yaml_node *node,
		     const struct key_spec *kind, struct step *step,
		     json_t **ret);

/* Text, or a mapping of en and fr; NULL node: nothing. */
struct bilingual loader_bilingual(const struct yaml_node *node);

int loader_build(struct loader *l);  /* load_step.c: all exercises */
int loader_finish(struct loader *l); /* load_needs.c */

/* "; did you mean `x`?", or "", of what is in the list. */
const char *loader_suggest(struct loader *l, const char *typed,
			   const char *(*name_of)(const void *list, size_t i),
			   const void *list, size_t count);
const char *loader_identified_at(const void *list, size_t i);

struct position loader_position(const struct yaml_node *node);

#endif
