#include "base/suggest.h"

#include <string.h>

enum { LONGEST = 40 };

static int minimum(int a, int b)
{
	return a < b ? a : b;
}

static int distance(const char *a, const char *b)
{
	int la = (int)strnlen(a, LONGEST + 1), lb = (int)strnlen(b, LONGEST + 1);
	int d[LONGEST + 1][LONGEST + 1];

	if (la > LONGEST || lb > LONGEST)
		return LONGEST;
	for (int i = 0; i <= la; i++)
		d[i][0] = i;
	for (int j = 0; j <= lb; j++)
		d[0][j] = j;
	for (int i = 1; i <= la; i++) {
		for (int j = 1; j <= lb; j++) {
			int cost = a[i - 1] != b[j - 1];
			d[i][j] = minimum(minimum(d[i - 1][j], d[i][j - 1]) + 1,
					  d[i - 1][j - 1] + cost);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				d[i][j] = minimum(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[la][lb];
}

const char *suggest_name(const char *typed, const void *list, size_t count,
			 const char *(*name_of)(const void *list, size_t i))
{
	const char *best = NULL;
	int best_distance = 3;

	for (size_t i = 0; i < count; i++) {
		const char *name = name_of(list, i);
		int n = distance(typed, name);
		if (n < best_distance && n * 2 < (int)strlen(name)) {
			best = name;
			best_distance = n;
		}
	}
	return best;
}
