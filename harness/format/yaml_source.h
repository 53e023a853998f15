/* Places in a YAML file: what yaml.c needs of yaml_source.c. */
#ifndef FORMAT_YAML_SOURCE_H
#define FORMAT_YAML_SOURCE_H

#include "format/yaml.h"

/* Copies the text and finds its lines, in one pass that also refuses what
 * must not reach libfyaml: too much, too long a line, no UTF-8, a control. */
int yaml_source_scan(const char *name, const char *text, size_t len,
		     const struct yaml_limits *limits, struct arena *arena,
		     const struct yaml_source **ret, struct error *err);

/* Sets offset, line and column of a node that begins at `offset`. */
void yaml_source_place(struct yaml_node *node, size_t offset);

/* Sets the width of a scalar that has its text, and moves it before an opening
 * quote. */
void yaml_source_underline(struct yaml_node *scalar);

/* yaml_quoted.c: the text of a scalar in quotes whose node is placed behind
 * its opening quote, in the arena; untouched where there is no quote. */
void yaml_source_quoted(const struct yaml_node *scalar, struct arena *arena,
			const char **ret_text, size_t *ret_len);

/* yaml_block.c: the text of a block whose node is placed behind the line of
 * its indicator; `parent` is the sequence or mapping that holds it, or NULL.
 * `taken` is where libfyaml says that it ends: false where it took a text that
 * is not indented more than the parent. */
bool yaml_source_block(const struct yaml_node *scalar, bool folded,
		       const struct yaml_node *parent, size_t taken,
		       struct arena *arena, const char **ret_text,
		       size_t *ret_len);

/* Where a line and column (characters, both from 1) are in the text. */
size_t yaml_source_offset(const struct yaml_source *source, size_t line,
			  size_t column);

#endif
