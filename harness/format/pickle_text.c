/* Opcodes of the old protocols, whose argument is a line of text. */
#include "format/pickle_vm.h"

#include "base/number.h"
#include "format/utf8.h"

/* As many digits as CPython converts (sys.int_info.default_max_str_digits). */
enum { MAX_DIGITS = 4300, MAX_NUMBER = 400 };

static int push_text(struct pickle_vm *vm, enum pickle_type type,
		     const struct strbuf *sb)
{
	struct arena *arena = &vm->out->arena;

	if (pickle_need_memory(vm, sb->len) < 0)
		return -1;
	struct pickle_value *v = pickle_new(vm, type);
	if (!v)
		return -1;
	char *copy = arena_alloc(arena, sb->len + 1);
	memcpy(copy, sb->buf, sb->len);
	v->text = (struct pickle_text){ copy, sb->len };
	return pickle_push(vm, v);
}

int pickle_push_long(struct pickle_vm *vm, const unsigned char *bytes,
		     size_t len)
{
	struct pickle_value *v;
	uint64_t value = 0;

	while (len > 1 && (bytes[len - 1] == 0 || bytes[len - 1] == 0xff) &&
	       (bytes[len - 1] & 0x80) == (bytes[len - 2] & 0x80))
		len--; /* sign extension that isn't needed */
	v = pickle_new(vm, len <= 8 ? PICKLE_INT : PICKLE_LONG);
	if (!v)
		return -1;
	if (len > 8) {
		v->text = (struct pickle_text){ (const char *)bytes, len };
		return pickle_push(vm, v);
	}
	for (size_t i = 0; i < 8; i++) {
		unsigned char fill = len && bytes[len - 1] & 0x80 ? 0xff : 0;
		value |= (uint64_t)(i < len ? bytes[i] : fill) << (8 * i);
	}
	v->integer = (int64_t)value;
	return pickle_push(vm, v);
}

/* Decimal digits to two's complement: a base-256 number is multiplied by ten
 * for each, which the cap on digits keeps cheap. */
static int push_decimal(struct pickle_vm *vm, struct pickle_text line)
{
	unsigned char bytes[MAX_DIGITS / 2 + 2] = { 0 };
	size_t i = 0, used = 1;
	bool negative = line.len && line.at[0] == '-';

	i += line.len && (line.at[0] == '-' || line.at[0] == '+');
	if (line.len - i > MAX_DIGITS)
		return pickle_fail(vm, ERROR_LIMIT,
				   "a number of more than %d digits",
				   MAX_DIGITS);
	if (i == line.len)
		return pickle_fail(vm, ERROR_INVALID, "no number");
	for (; i < line.len; i++) {
		if (line.at[i] < '0' || line.at[i] > '9')
			return pickle_fail(vm, ERROR_INVALID, "no number");
		unsigned int carry = (unsigned int)(line.at[i] - '0');
		for (size_t k = 0; k < used; k++) {
			carry += bytes[k] * 10u;
			bytes[k] = carry & 0xff;
			carry >>= 8;
		}
		if (carry)
			bytes[used++] = (unsigned char)carry;
	}
	used++; /* room for the sign */
	unsigned int carry = 1;
	for (size_t k = 0; negative && k < used; k++) {
		carry += bytes[k] ^ 0xffu;
		bytes[k] = carry & 0xff;
		carry >>= 8;
	}
	unsigned char *copy = arena_alloc(&vm->out->arena, used);
	memcpy(copy, bytes, used);
	return pickle_push_long(vm, copy, used);
}

int pickle_op_int(struct pickle_vm *vm)
{
	struct pickle_text line;

	if (pickle_take_line(vm, &line) < 0)
		return -1;
	if (line.len == 2 && line.at[0] == '0' &&
	    (line.at[1] == '0' || line.at[1] == '1'))
		return pickle_push(vm, vm->truth[line.at[1] - '0']);
	return push_decimal(vm, line);
}

int pickle_op_long(struct pickle_vm *vm)
{
	struct pickle_text line;

	if (pickle_take_line(vm, &line) < 0)
		return -1;
	if (line.len && line.at[line.len - 1] == 'L')
		line.len--;
	return push_decimal(vm, line);
}

int pickle_op_float(struct pickle_vm *vm)
{
	struct pickle_text line;
	char buf[MAX_NUMBER + 1];
	double value;

	if (pickle_take_line(vm, &line) < 0)
		return -1;
	if (line.len > MAX_NUMBER || memchr(line.at, '\0', line.len))
		return pickle_fail(vm, ERROR_INVALID, "no number");
	memcpy(buf, line.at, line.len);
	buf[line.len] = '\0';
	if (!number_parse_double(buf, &value))
		return pickle_fail(vm, ERROR_INVALID, "no number");
	struct pickle_value *v = pickle_new(vm, PICKLE_FLOAT);
	if (v)
		v->real = value;
	return pickle_push(vm, v);
}

int pickle_line_index(struct pickle_vm *vm, uint64_t *ret)
{
	struct pickle_text line;
	uint64_t n = 0;

	if (pickle_take_line(vm, &line) < 0)
		return -1;
	if (!line.len || line.len > 18)
		return pickle_fail(vm, ERROR_INVALID, "no index");
	for (size_t i = 0; i < line.len; i++) {
		if (line.at[i] < '0' || line.at[i] > '9')
			return pickle_fail(vm, ERROR_INVALID, "no index");
		n = n * 10 + (uint64_t)(line.at[i] - '0');
	}
	*ret = n;
	return 0;
}

static int hex_value(char c)
{
	return c >= '0' && c <= '9' ? c - '0'
		: c >= 'a' && c <= 'f' ? c - 'a' + 10
		: c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* n hexadecimal digits at s; -1 where they aren't. */
static int64_t read_hex(const char *s, const char *end, int n)
{
	int64_t value = 0;

	if (end - s < n)
		return -1;
	for (int i = 0; i < n; i++) {
		int digit = hex_value(s[i]);
		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

/* "\x41", "\101" and the like, at s after the backslash; gives how many
 * characters it took, or 0 where it is none. */
static size_t unescape(const char *s, const char *end, unsigned char *ret)
{
	static const char names[] = "\\'\"abfnrtv";
	static const char values[] = "\\'\"\a\b\f\n\r\t\v";
	const char *found = *s ? strchr(names, *s) : NULL;

	if (found) {
		*ret = (unsigned char)values[found - names];
		return 1;
	}
	if (*s == 'x') {
		int64_t value = read_hex(s + 1, end, 2);
		*ret = (unsigned char)value;
		return value < 0 ? 0 : 3;
	}
	size_t n = 0;
	unsigned int value = 0;
	while (n < 3 && s + n < end && s[n] >= '0' && s[n] <= '7')
		value = value * 8 + (unsigned int)(s[n++] - '0');
	*ret = (unsigned char)value;
	return n;
}

/* repr() of a Python 2 str: quoted, with escapes. */
int pickle_op_string(struct pickle_vm *vm)
{
	struct pickle_text line;

	if (pickle_take_line(vm, &line) < 0)
		return -1;
	if (line.len < 2 || (line.at[0] != '\'' && line.at[0] != '"') ||
	    line.at[line.len - 1] != line.at[0])
		return pickle_fail(vm, ERROR_INVALID, "a text without quotes");
	struct strbuf sb = STRBUF_INIT(line.len);
	bool ascii = true;
	const char *end = line.at + line.len - 1;
	for (const char *s = line.at + 1; s < end;) {
		unsigned char c = (unsigned char)*s++;
		if (c == '\\') {
			size_t n = s < end ? unescape(s, end, &c) : 0;
			if (!n) {
				strbuf_release(&sb);
				return pickle_fail(vm, ERROR_INVALID,
						   "a text with a bad escape");
			}
			s += n;
		}
		ascii = ascii && c < 0x80;
		strbuf_addch(&sb, (char)c);
	}
	int result = push_text(vm, ascii ? PICKLE_STR : PICKLE_BYTES, &sb);
	strbuf_release(&sb);
	return result;
}

/* Python's raw-unicode-escape: Latin-1, and \uXXXX and \UXXXXXXXX. */
int pickle_op_unicode(struct pickle_vm *vm)
{
	struct pickle_text line;

	if (pickle_take_line(vm, &line) < 0)
		return -1;
	struct strbuf sb = STRBUF_INIT(line.len * 2 + 8);
	const char *end = line.at + line.len;
	for (const char *s = line.at; s < end;) {
		int width = *s != '\\' || s + 1 >= end ? 0
			: s[1] == 'u' ? 4 : s[1] == 'U' ? 8 : 0;
		int64_t c = (unsigned char)*s;
		if (width)
			c = read_hex(s + 2, end, width);
		if (c < 0 || c > 0x10ffff) {
			strbuf_release(&sb);
			return pickle_fail(vm, ERROR_INVALID,
					   "a text with a bad escape");
		}
		utf8_add(&sb, (uint32_t)c);
		s += width ? width + 2 : 1;
	}
	int result = push_text(vm, PICKLE_STR, &sb);
	strbuf_release(&sb);
	return result;
}

int pickle_latin1(struct pickle_vm *vm, struct pickle_text text,
		  struct pickle_text *ret)
{
	struct arena *arena = &vm->out->arena;
	const unsigned char *s = (const unsigned char *)text.at;

	if (pickle_need_memory(vm, text.len) < 0)
		return -1;
	char *to = arena_alloc(arena, text.len + 1);
	size_t n = 0;
	for (size_t i = 0; i < text.len; i++) {
		unsigned int c = s[i];
		if (c >= 0x80) {
			if (c > 0xc3 || i + 1 == text.len)
				return pickle_fail(vm, ERROR_INVALID,
						   "bytes that aren't Latin-1");
			c = (c & 3) << 6 | (s[++i] & 0x3f);
		}
		to[n++] = (char)c;
	}
	*ret = (struct pickle_text){ to, n };
	return 0;
}
