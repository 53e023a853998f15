#include "report/html.h"

#include "base/hash.h"
#include "format/utf8.h"
#include "report/markup.h"
#include "report/report.h"
#include "report/words.h"

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

static const char style[] =
	":root{color-scheme:light dark}"
	"body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;"
	"margin:0 auto;padding:1rem;overflow-wrap:anywhere}"
	"h1{font-size:1.6rem}h2{margin-top:2rem;border-bottom:1px solid}"
	"table{display:block;overflow-x:auto;border-collapse:collapse;"
	"max-width:100%}"
	"th,td{border:1px solid #8888;padding:.3rem .6rem;"
	"vertical-align:top;overflow-wrap:normal}"
	"thead th{background:#8882;text-align:left}"
	"[align=right]{white-space:nowrap}th[align=right]{text-align:right}"
	"th button{all:unset;cursor:pointer;font-weight:bold}"
	"th button:focus-visible{outline:2px solid}"
	"th[aria-sort=ascending] button::after{content:' \\25B2'}"
	"th[aria-sort=descending] button::after{content:' \\25BC'}"
	"pre{overflow-x:auto;padding:.6rem;background:#8882;"
	"font-size:.85rem}"
	"code{font-family:ui-monospace,'DejaVu Sans Mono',monospace}"
	"summary{cursor:pointer}"
	"@media(max-width:30rem){body{padding:.5rem;font-size:15px}"
	"th,td{padding:.2rem .35rem}}"
	"@media print{body{max-width:none;padding:0;font-size:10pt}"
	"table{display:table}pre{white-space:pre-wrap;overflow:visible}"
	"th button::after{content:none!important}"
	"h1,h2,h3{break-after:avoid}tr,pre{break-inside:avoid}}";

/* Numbers by value ("14 + 2 pending / 20" by its first, "3 min 05 s" in
 * seconds), the rest as text. A second click turns the order round. What was
 * folded away is opened on paper. */
static const char script[] =
	"'use strict';"
	"const value=t=>{const m=t.match(/^(\\d+) min (\\d+) s$/);"
	"if(m)return 60*m[1]+ +m[2];"
	"const u=t.match(/^([\\d.]+) (ms|s)$/);"
	"if(u)return u[2]==='ms'?u[1]/1000:+u[1];"
	"const n=parseFloat(t);return isNaN(n)?null:n};"
	"const sort=(table,column,down)=>{const body=table.tBodies[0];"
	"const rows=[...body.rows].map(row=>({row,"
	"text:row.cells[column].textContent.trim()}));"
	"for(const r of rows)r.number=value(r.text);"
	"rows.sort((a,b)=>{let c;"
	"if(a.number!==null&&b.number!==null)c=a.number-b.number;"
	"else if(a.number!==null||b.number!==null)"
	"return a.number!==null?-1:1;"
	"else c=a.text.localeCompare(b.text);return down?-c:c});"
	"for(const r of rows)body.append(r.row)};"
	"for(const table of document.querySelectorAll('table')){"
	"if(!table.tHead||!table.tBodies.length)continue;"
	"const heads=[...table.tHead.rows[0].cells];"
	"heads.forEach((th,column)=>{if(!th.textContent.trim())return;"
	"const button=document.createElement('button');"
	"button.append(...th.childNodes);th.append(button);"
	"button.addEventListener('click',()=>{"
	"const down=th.getAttribute('aria-sort')==='ascending';"
	"for(const h of heads)h.removeAttribute('aria-sort');"
	"th.setAttribute('aria-sort',down?'descending':'ascending');"
	"sort(table,column,down)})})}"
	"addEventListener('beforeprint',()=>{"
	"for(const d of document.querySelectorAll('details'))d.open=true});";

void html_text(struct strbuf *into, const char *text)
{
	struct strbuf visible = STRBUF_INIT(STRBUF_TEXT);

	utf8_add_visible(&visible, text, strlen(text), "\n\t");
	for (const char *s = visible.buf; *s; s++) {
		if (strchr("<>&\"'", *s))
			strbuf_addf(into, "&#%d;", *s);
		else
			strbuf_addch(into, *s);
	}
	strbuf_release(&visible);
}

/* 'sha256-...', as a content security policy names what it lets through. */
static void add_source(struct strbuf *into, const char *text)
{
	unsigned char digest[SHA256_BYTES], base64[4 * SHA256_BYTES];
	struct sha256 h;

	sha256_init(&h);
	sha256_add(&h, text, strlen(text));
	sha256_finish_bytes(&h, digest);
	EVP_EncodeBlock(base64, digest, SHA256_BYTES);
	strbuf_addf(into, "'sha256-%s'", (const char *)base64);
}

static void add_head(struct strbuf *into, enum language language,
		     const char *title)
{
	strbuf_addf(into, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n"
		    "<meta charset=\"utf-8\">\n"
		    "<meta http-equiv=\"Content-Security-Policy\" "
		    "content=\"default-src 'none'; base-uri 'none'; "
		    "form-action 'none'; style-src ", language_name(language));
	add_source(into, style);
	strbuf_addstr(into, "; script-src ");
	add_source(into, script);
	strbuf_addstr(into, "\">\n<meta name=\"viewport\" "
		      "content=\"width=device-width, initial-scale=1\">\n"
		      "<meta name=\"referrer\" content=\"no-referrer\">\n"
		      "<title>");
	html_text(into, title);
	strbuf_addf(into, "</title>\n<style>%s</style>\n</head>\n<body>\n",
		    style);
}

/* Our own HTML in it (folded parts) is let through, hence UNSAFE. */
static void add_markdown(struct strbuf *into, const struct strbuf *markdown)
{
	static const char *const extensions[] = { "table", "tagfilter" };
	int options = CMARK_OPT_UNSAFE | CMARK_OPT_VALIDATE_UTF8;
	cmark_parser *parser;
	cmark_node *document;
	char *html;

	cmark_gfm_core_extensions_ensure_registered();
	parser = cmark_parser_new(options);
	for (size_t i = 0; i < ARRAY_SIZE(extensions); i++)
		cmark_parser_attach_syntax_extension(
			parser, cmark_find_syntax_extension(extensions[i]));
	cmark_parser_feed(parser, markdown->buf, markdown->len);
	document = cmark_parser_finish(parser);
	html = cmark_render_html(document, options,
				 cmark_parser_get_syntax_extensions(parser));
	strbuf_addstr(into, html);
	free(html);
	cmark_node_free(document);
	cmark_parser_free(parser);
}

void html_page(struct strbuf *into, enum language language, const char *title,
	       const struct strbuf *markdown)
{
	add_head(into, language, title);
	add_markdown(into, markdown);
	strbuf_addf(into, "<script>%s</script>\n</body>\n</html>\n", script);
}

void report_html(const struct result *result,
		 const struct report_options *options, struct strbuf *into)
{
	struct strbuf markdown = STRBUF_INIT(STRBUF_TEXT);
	struct strbuf title = STRBUF_INIT(STRBUF_LINE);

	report_markdown(result, options, &markdown);
	strbuf_addf(&title, "%s · ",
		    words_of(&result->title, options->language));
	words_add_score(&title, options->language, result->points,
			result->pending, result->max_points);
	html_page(into, options->language, title.buf, &markdown);
	strbuf_release(&title);
	strbuf_release(&markdown);
}
