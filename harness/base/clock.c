#include "base/clock.h"

#include "base/number.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * CLOCK_SEC + ts.tv_nsec / 1000;
}

int64_t clock_now(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t clock_monotonic(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

void clock_sleep(int64_t usec)
{
	if (usec <= 0)
		return;
	struct timespec ts = { usec / CLOCK_SEC, usec % CLOCK_SEC * 1000 };
	nanosleep(&ts, NULL);
}

static const char *format_utc(int64_t usec, const char *fmt,
			      char buf[CLOCK_TEXT])
{
	time_t seconds = (time_t)(usec / CLOCK_SEC);
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) || !strftime(buf, CLOCK_TEXT, fmt, &tm))
		snprintf(buf, CLOCK_TEXT, "%lld", (long long)usec);
	return buf;
}

const char *clock_format(int64_t usec, char buf[CLOCK_TEXT])
{
	return format_utc(usec, "%Y-%m-%d %H:%M:%S", buf);
}

const char *clock_format_iso(int64_t usec, char buf[CLOCK_TEXT])
{
	return format_utc(usec, "%Y-%m-%dT%H:%M:%SZ", buf);
}

const char *clock_format_duration(int64_t usec, char buf[CLOCK_TEXT])
{
	if (usec < CLOCK_SEC)
		snprintf(buf, CLOCK_TEXT, "%d ms", (int)(usec / CLOCK_MSEC));
	else if (usec < 60 * CLOCK_SEC)
		snprintf(buf, CLOCK_TEXT, "%d.%d s", (int)(usec / CLOCK_SEC),
			 (int)(usec % CLOCK_SEC / 100000));
	else
		snprintf(buf, CLOCK_TEXT, "%d min %02d s",
			 (int)(usec / (60 * CLOCK_SEC)),
			 (int)(usec / CLOCK_SEC % 60));
	return buf;
}

bool clock_parse_duration(const char *s, int64_t *ret_usec)
{
	static const struct {
		const char *unit;
		int64_t usec;
	} units[] = {
		{ "ms", CLOCK_MSEC }, { "s", CLOCK_SEC },
		{ "m", 60 * CLOCK_SEC }, { "h", 3600 * CLOCK_SEC },
	};
	size_t digits = strspn(s, "0123456789.");
	char number[NUMBER_TEXT];
	double value;

	if (!digits || digits >= sizeof(number))
		return false;
	memcpy(number, s, digits);
	number[digits] = '\0';
	if (!number_parse_double(number, &value) || value > 1e6)
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (!strcmp(s + digits, units[i].unit)) {
			*ret_usec = (int64_t)(value * (double)units[i].usec);
			return true;
		}
	}
	return false;
}

/* "+01:00", "-0530", "Z" or nothing, in minutes east. */
static bool parse_zone(const char *s, int *ret_minutes)
{
	unsigned int hours, minutes;
	int used = 0;

	*ret_minutes = 0;
	if (!*s || !strcmp(s, "Z"))
		return true;
	if (*s != '+' && *s != '-')
		return false;
	if (sscanf(s + 1, "%2u:%2u%n", &hours, &minutes, &used) != 2 &&
	    sscanf(s + 1, "%2u%2u%n", &hours, &minutes, &used) != 2)
		return false;
	*ret_minutes = (*s == '-' ? -1 : 1) * (int)(hours * 60 + minutes);
	return !s[1 + used] && hours < 24 && minutes < 60;
}

bool clock_parse_time(const char *s, int64_t *ret_usec)
{
	struct tm tm = { .tm_isdst = 0 };
	int zone;
	const char *end = strptime(s, "%Y-%m-%d", &tm);

	if (!end)
		return false;
	if (*end == 'T' || *end == ' ') {
		const char *minutes = strptime(end + 1, "%H:%M", &tm);
		if (!minutes)
			return false;
		end = *minutes == ':' ? strptime(minutes + 1, "%S", &tm)
				      : minutes;
		if (!end)
			return false;
	}
	if (!parse_zone(end, &zone))
		return false;
	/* timegm() would take 31 February for 2 March. */
	struct tm given = tm;
	time_t seconds = timegm(&tm);
	if (tm.tm_mday != given.tm_mday || tm.tm_mon != given.tm_mon)
		return false;
	*ret_usec = (seconds - (time_t)zone * 60) * CLOCK_SEC;
	return true;
}
