#include "format/text_table.h"

#include "format/utf8.h"

#include <stdint.h>
#include <string.h>

/* A rule between rows: its two ends, its crossings. */
struct rule {
	const char *left, *cross, *right;
};
static const struct rule top = { "┌", "┬", "┐" };
static const struct rule middle = { "├", "┼", "┤" };
static const struct rule bottom = { "└", "┴", "┘" };

void text_table_init(struct text_table *table,
		     const struct text_column *columns, size_t count)
{
	*table = (struct text_table){ VEC_INIT, VEC_INIT, 0 };
	for (size_t i = 0; i < count; i++)
		*vec_push(&table->columns) = columns[i];
}

void text_table_release(struct text_table *table)
{
	for (size_t i = 0; i < table->cells.len; i++)
		free(table->cells.at[i]);
	vec_release(&table->cells);
	vec_release(&table->columns);
}

static size_t row_count(const struct text_table *table)
{
	return table->columns.len ? table->cells.len / table->columns.len : 0;
}

static char *copy_cell(const char *cell)
{
	struct strbuf copy = STRBUF_INIT(TEXT_TABLE_CELL + strlen("…"));

	strbuf_add(&copy, cell, strnlen(cell, TEXT_TABLE_CELL));
	if (strlen(cell) > TEXT_TABLE_CELL)
		strbuf_addstr(&copy, "…");
	return strbuf_detach(&copy, NULL);
}

void text_table_row(struct text_table *table, const char *const *cells)
{
	if (row_count(table) >= TEXT_TABLE_ROWS) {
		table->dropped++;
		return;
	}
	for (size_t i = 0; i < table->columns.len; i++)
		*vec_push(&table->cells) = copy_cell(cells[i] ? cells[i] : "");
}

/* Line `index` of a cell, made visible; "" past its last. */
static void cell_line(const char *cell, size_t index, struct strbuf *into)
{
	size_t len;

	strbuf_reset(into);
	for (; index && *cell; index--) {
		cell += strcspn(cell, "\n");
		cell += *cell == '\n';
	}
	len = strcspn(cell, "\n");
	if (len && cell[len - 1] == '\r')
		len--;
	utf8_add_visible(into, cell, len, NULL);
}

static size_t line_count(const char *cell)
{
	size_t lines = 1;

	for (const char *p = strchr(cell, '\n'); p; p = strchr(p + 1, '\n'))
		lines += p[1] != '\0';
	return lines;
}

/* Appends text in exactly `width` columns. */
static void add_fitted(struct strbuf *into, const char *text, size_t width,
		       enum text_align align)
{
	size_t have = utf8_width(text), len = strlen(text), used = 0;

	if (have <= width) {
		size_t space = width - have;

		strbuf_addchars(into, ' ', align == TEXT_RIGHT ? space : 0);
		strbuf_addstr(into, text);
		strbuf_addchars(into, ' ', align == TEXT_RIGHT ? 0 : space);
		return;
	}
	for (size_t i = 0, taken; i < len; i += taken) {
		uint32_t c;
		size_t columns;

		utf8_decode(text + i, len - i, &c, &taken);
		columns = (size_t)utf8_char_width(c);
		if (used + columns + 1 > width)
			break;
		strbuf_add(into, text + i, taken);
		used += columns;
	}
	strbuf_addstr(into, "…");
	strbuf_addchars(into, ' ', width - used - 1);
}

static void add_rule(const struct text_table *table, const size_t *widths,
		     const struct rule *rule, struct strbuf *into)
{
	for (size_t i = 0; i < table->columns.len; i++) {
		strbuf_addstr(into, i ? rule->cross : rule->left);
		for (size_t j = 0; j < widths[i] + 2; j++)
			strbuf_addstr(into, "─");
	}
	strbuf_addstr(into, rule->right);
	strbuf_addch(into, '\n');
}

static void add_row(const struct text_table *table, const size_t *widths,
		    const char *const *cells, struct strbuf *into)
{
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);
	size_t lines = 1;

	for (size_t i = 0; i < table->columns.len; i++)
		if (line_count(cells[i]) > lines)
			lines = line_count(cells[i]);
	for (size_t line = 0; line < lines; line++) {
		bool cut = line == TEXT_TABLE_LINES;

		for (size_t i = 0; i < table->columns.len; i++) {
			cell_line(cells[i], line, &text);
			if (cut && text.len) {
				strbuf_reset(&text);
				strbuf_addstr(&text, "…");
			}
			strbuf_addstr(into, "│ ");
			add_fitted(into, text.buf, widths[i],
				   table->columns.at[i].align);
			strbuf_addch(into, ' ');
		}
		strbuf_addstr(into, "│\n");
		if (cut)
			break;
	}
	strbuf_release(&text);
}

static size_t cell_width(const char *cell)
{
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);
	size_t lines = line_count(cell), widest = 0;

	for (size_t line = 0; line < lines && line < TEXT_TABLE_LINES; line++) {
		size_t width;

		cell_line(cell, line, &text);
		width = utf8_width(text.buf);
		if (width > widest)
			widest = width;
	}
	strbuf_release(&text);
	return widest;
}

static size_t column_width(const struct text_table *table, size_t column)
{
	const struct text_column *c = &table->columns.at[column];
	size_t width = c->header ? utf8_width(c->header) : 0;

	for (size_t i = column; i < table->cells.len; i += table->columns.len) {
		size_t cell = cell_width(table->cells.at[i]);

		if (cell > width)
			width = cell;
	}
	if (c->max_width && width > c->max_width)
		width = c->max_width;
	return width ? width : 1;
}

static void add_headers(const struct text_table *table, const size_t *widths,
			struct strbuf *into)
{
	VEC(const char *) headers = VEC_INIT;
	bool any = false;

	for (size_t i = 0; i < table->columns.len; i++) {
		const char *header = table->columns.at[i].header;

		*vec_push(&headers) = header ? header : "";
		any |= header != NULL;
	}
	if (any) {
		add_row(table, widths, headers.at, into);
		add_rule(table, widths, &middle, into);
	}
	vec_release(&headers);
}

void text_table_render(const struct text_table *table, struct strbuf *into)
{
	VEC(size_t) widths = VEC_INIT;
	size_t columns = table->columns.len;

	if (!columns)
		return;
	for (size_t i = 0; i < columns; i++)
		*vec_push(&widths) = column_width(table, i);
	add_rule(table, widths.at, &top, into);
	add_headers(table, widths.at, into);
	for (size_t row = 0; row < row_count(table); row++)
		add_row(table, widths.at,
			(const char *const *)table->cells.at + row * columns,
			into);
	add_rule(table, widths.at, &bottom, into);
	if (table->dropped)
		strbuf_addf(into, "… %zu more\n", table->dropped);
	vec_release(&widths);
}
