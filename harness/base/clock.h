/* Times are int64_t microseconds: since 1970 UTC, or on a monotonic clock. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_MSEC INT64_C(1000)
#define CLOCK_SEC INT64_C(1000000)

int64_t clock_now(void);       /* since 1970 UTC */
int64_t clock_monotonic(void); /* for durations and deadlines */
void clock_sleep(int64_t usec); /* returns early on a signal */

enum { CLOCK_TEXT = 32 };
/* "2026-11-22 22:07:10" (UTC) */
const char *clock_format(int64_t usec, char buf[CLOCK_TEXT]);
/* "2026-11-22T22:07:10Z" */
const char *clock_format_iso(int64_t usec, char buf[CLOCK_TEXT]);
/* For people: "31 ms", "4.2 s", "3 min 05 s" */
const char *clock_format_duration(int64_t usec, char buf[CLOCK_TEXT]);
/* "250ms", "60s", "2m", "1h"; a bare number is refused, it has no unit. */
bool clock_parse_duration(const char *s, int64_t *ret_usec);

/* "2025-12-20", "2025-12-20 18:00", "2025-12-20T18:00:00Z", "...+01:00": UTC
 * where it says no zone; a day alone is its beginning. */
bool clock_parse_time(const char *s, int64_t *ret_usec);

#endif
