# Turns po/<language>.po into a table in C (harness/base/language.h): every
# translated message, in the file's order. PO strings are C strings already.
# Run with -v name=language_french; only what POSIX awk has.
function flush_message() {
	if (id != "" && id != "\"\"" && text != "" && text != "\"\"" && !fuzzy)
		printf "\t{ %s,\n\t  %s,\n\t  %s },\n", id, text,
			many == "" ? "NULL" : many
	id = text = many = part = ""
	fuzzy = 0
}
function quoted(line) {
	sub(/^[^"]*/, "", line)
	return line
}
BEGIN {
	print "/* Made by po/catalogue.awk: see po/. */"
	print "#include \"base/language.h\"\n"
	print "#include <stddef.h>\n"
	printf "const struct message %s[] = {\n", name
}
/^#,.*fuzzy/ { flush_message(); fuzzy = 1; next }
/^#/ || /^[ \t]*$/ { if (part == "text" || part == "many") flush_message(); next }
/^msgid_plural/ { part = "skip"; next }
/^msgid/ { if (part != "") flush_message(); part = "id"; id = quoted($0); next }
/^msgstr\[1\]/ { part = "many"; many = quoted($0); next }
/^msgstr/ { part = "text"; text = quoted($0); next }
/^"/ {
	if (part == "id") id = id == "\"\"" ? $0 : id "\n\t  " $0
	if (part == "text") text = text == "\"\"" ? $0 : text "\n\t  " $0
	if (part == "many") many = many == "\"\"" ? $0 : many "\n\t  " $0
}
END { flush_message(); print "\t{ NULL, NULL, NULL },\n};" }
