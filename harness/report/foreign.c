#include "report/foreign.h"

#include "base/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A real stays a real: "5" would read back as an integer. */
static cJSON *real_json(double value)
{
	char text[NUMBER_TEXT + 2];
	const char *end;

	number_format_double(value, text);
	end = strpbrk(text, ".en");
	if (!end)
		memcpy(text + strlen(text), ".0", 3);
	return cJSON_CreateRaw(text);
}

/* As jansson writes it: cJSON's strings end at a NUL. */
static cJSON *scalar_json(const json_t *value)
{
	char *text = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;
	cJSON *item = text ? cJSON_CreateRaw(text) : cJSON_CreateNull();

	free(text);
	return item;
}

cJSON *foreign_json(const json_t *value)
{
	cJSON *item;
	const char *name;
	json_t *member;
	size_t i;

	if (json_is_real(value))
		return real_json(json_real_value(value));
	if (json_is_object(value)) {
		item = cJSON_CreateObject();
		json_object_foreach((json_t *)value, name, member)
			cJSON_AddItemToObject(item, name,
					      foreign_json(member));
		return item;
	}
	if (json_is_array(value)) {
		item = cJSON_CreateArray();
		json_array_foreach(value, i, member)
			cJSON_AddItemToArray(item, foreign_json(member));
		return item;
	}
	return scalar_json(value);
}
