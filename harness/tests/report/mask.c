/*
 * Prints a report with everything volatile masked: `mask FILE`, a result.json
 * or any text. What `make check-examples` compares.
 */
#include "base/io.h"
#include "report/volatile.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	struct strbuf text = STRBUF_INIT(STRBUF_TEXT);
	struct strbuf masked = STRBUF_INIT(STRBUF_TEXT);
	struct error err = ERROR_INIT;
	const char *path = argc == 2 ? argv[1] : "";
	size_t len = strlen(path);
	int rc;

	if (argc != 2) {
		fputs("usage: mask FILE\n", stderr);
		return 2;
	}
	rc = io_read_file(path, &text, &err);
	if (!rc && len > 5 && !strcmp(path + len - 5, ".json"))
		rc = volatile_mask_json(text.buf, text.len, &masked, &err);
	else if (!rc)
		volatile_mask_text(text.buf, &masked);
	if (rc)
		fprintf(stderr, "mask: %s: %s\n", path, err.message);
	else
		fwrite(masked.buf, 1, masked.len, stdout);
	strbuf_release(&masked);
	strbuf_release(&text);
	return rc ? 1 : 0;
}
