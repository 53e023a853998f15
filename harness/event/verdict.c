#include "event/verdict.h"

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[VERDICT_COUNT] = {
		"passed", "failed", "blocked", "not applicable",
		"inconclusive", "error",
	};

	return names[verdict];
}

bool verdict_is_pending(enum verdict verdict)
{
	return verdict == VERDICT_INCONCLUSIVE || verdict == VERDICT_ERROR;
}

const char *asked_name(enum asked asked)
{
	return asked == ASKED_STATED ? "stated"
		: asked == ASKED_IMPLIED ? "implied" : "beyond";
}
