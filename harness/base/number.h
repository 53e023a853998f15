/* Numbers are read and written the same in every locale. */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

enum { NUMBER_TEXT = 40 };

/* The whole string must be a decimal integer in [min, max]. */
bool number_parse_int(const char *s, int64_t min, int64_t max, int64_t *ret);

/* The whole string must be a number as C's strtod reads it in the C locale,
 * nan and inf included. */
bool number_parse_double(const char *s, double *ret);

/* The shortest decimal text that reads back to the same double: at most 17
 * significant digits; "nan", "inf", "-inf". buf holds NUMBER_TEXT bytes. */
const char *number_format_double(double value, char buf[NUMBER_TEXT]);
/* The same for a single: at most 9 digits. */
const char *number_format_float(float value, char buf[NUMBER_TEXT]);

/* How many representable doubles lie between the two (0 where equal, also for
 * -0 and +0); UINT64_MAX where either is a NaN and they are not the same bits. */
uint64_t number_ulps(double a, double b);

#endif
