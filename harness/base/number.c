#include "base/number.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool number_parse_int(const char *s, int64_t min, int64_t max, int64_t *ret)
{
	char *end;

	if (!(*s == '-' || *s == '+' || (*s >= '0' && *s <= '9')))
		return false;
	errno = 0;
	long long value = strtoll(s, &end, 10);
	if (errno || end == s || *end || value < min || value > max)
		return false;
	*ret = value;
	return true;
}

/* The C locale as an object of this thread: setlocale() would change the
 * whole process, and LC_NUMERIC changes what strtod takes for a point. */
static locale_t c_locale(void)
{
	static _Thread_local locale_t loc;

	if (!loc)
		loc = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	return loc;
}

bool number_parse_double(const char *s, double *ret)
{
	char *end;

	if (!*s || strchr(" \t\r\n\v\f", *s))
		return false;
	locale_t old = uselocale(c_locale());
	double value = strtod(s, &end);
	uselocale(old);
	if (end == s || *end)
		return false;
	*ret = value;
	return true;
}

/* The first precision whose text reads back to the value. */
static void format_shortest(double value, int digits, int most, bool single,
			    char buf[NUMBER_TEXT])
{
	locale_t old = uselocale(c_locale());

	for (; digits <= most; digits++) {
		snprintf(buf, NUMBER_TEXT, "%.*g", digits, value);
		if (single ? (double)strtof(buf, NULL) == value
			   : strtod(buf, NULL) == value)
			break;
	}
	uselocale(old);
}

const char *number_format_double(double value, char buf[NUMBER_TEXT])
{
	if (isnan(value))
		return "nan";
	if (isinf(value))
		return value < 0 ? "-inf" : "inf";
	format_shortest(value, 15, 17, false, buf);
	return buf;
}

const char *number_format_float(float value, char buf[NUMBER_TEXT])
{
	if (isnan(value))
		return "nan";
	if (isinf(value))
		return value < 0 ? "-inf" : "inf";
	format_shortest((double)value, 6, 9, true, buf);
	return buf;
}

/* Maps a double's bits to integers in the doubles' own order. */
static int64_t ordered_bits(double d)
{
	int64_t bits;

	memcpy(&bits, &d, sizeof(bits));
	return bits < 0 ? INT64_MIN - bits : bits;
}

uint64_t number_ulps(double a, double b)
{
	if (isnan(a) || isnan(b))
		return memcmp(&a, &b, sizeof(a)) ? UINT64_MAX : 0;
	int64_t x = ordered_bits(a), y = ordered_bits(b);
	return x > y ? (uint64_t)x - (uint64_t)y : (uint64_t)y - (uint64_t)x;
}
