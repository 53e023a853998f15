/*
 * The policy for Compose files. For every rule there is a file in
 * fixtures/hostile/compose that is refused by name, RULE.refused.yaml, and a
 * harmless neighbour, RULE.harmless.yaml, that is not, as Compose v1 and v2
 * normalise them.
 */
#include "tests/stack/recorded.h"

#include <dirent.h>

static struct recorded r;
static struct error err;

static void setup(void)
{
	recorded_init(&r);
	err = (struct error)ERROR_INIT;
}

/* As the driver does: the file as written, then as normalised. `engine` NULL:
 * only as written. */
static int check(const char *engine, const char *name,
		 const char *const *allow)
{
	struct compose_files files;
	char file[256];
	int rc;

	snprintf(file, sizeof(file), "%s.yaml", name);
	recorded_write(&r, "compose.yaml", recorded_fixture(&r, file));
	err = (struct error)ERROR_INIT;
	if (compose_files_find(r.root, NULL, &r.arena, &files, &err) < 0)
		return -1;
	struct policy policy = { .root = r.root, .file = "compose.yaml",
				 .raw = files.raw, .allow = allow,
				 .arena = &r.arena };
	json_t *config = recorded_config(&r, engine, name);
	rc = config ? policy_check(&policy, config, &err) : 1;
	json_decref(config);
	compose_files_release(&files);
	return rc;
}

/* Every NAME.KIND.yaml. */
static void each(const char *kind, void (*look)(const char *name))
{
	char path[PATH_MAX], end[32];
	struct dirent **list;
	size_t count = 0;

	snprintf(end, sizeof(end), ".%s.yaml", kind);
	snprintf(path, sizeof(path), "%s/fixtures/hostile/compose",
		 tests_srcdir());
	int n = scandir(path, &list, NULL, alphasort);
	ck_assert_int_gt(n, 0);
	for (int i = 0; i < n; i++) {
		char *at = strstr(list[i]->d_name, end);
		if (at && !at[strlen(end)]) {
			*at = '\0';
			look(list[i]->d_name);
			count++;
		}
		free(list[i]);
	}
	free(list);
	ck_assert_uint_gt(count, 60);
}

static void is_refused(const char *rule)
{
	static const char *const engines[] = { "v1", "v2" };
	char name[200];

	snprintf(name, sizeof(name), "%s.refused", rule);
	for (size_t i = 0; i < 2; i++) {
		int rc = check(engines[i], name, NULL);
		/* 1: the engine itself refused it, which it may. */
		ck_assert_msg(rc != 0, "%s passed (%s)", name, engines[i]);
		if (rc < 0)
			ck_assert_msg(strstr(err.message, "refused"),
				      "%s: %s", name, err.message);
	}
}

static void is_harmless(const char *rule)
{
	static const char *const engines[] = { "v1", "v2" };
	char name[200];
	bool passed = false;

	snprintf(name, sizeof(name), "%s.harmless", rule);
	for (size_t i = 0; i < 2; i++) {
		int rc = check(engines[i], name, NULL);
		ck_assert_msg(rc >= 0, "%s (%s): %s", name, engines[i],
			      err.message);
		passed |= rc == 0;
	}
	ck_assert_msg(passed, "%s: no engine takes it", name);
}

START_TEST(every_hostile_file_is_refused)
{
	setup();
	each("refused", is_refused);
	recorded_release(&r);
}
END_TEST

START_TEST(its_harmless_neighbour_is_not)
{
	setup();
	each("harmless", is_harmless);
	recorded_release(&r);
}
END_TEST

static bool can_refuse(const struct policy_key *key)
{
	switch (key->form) {
	case FORM_REFUSED:
	case FORM_FALSE:
	case FORM_CHOICE:
	case FORM_INSIDE:
	case FORM_DOCKERFILE:
	case FORM_IMAGE:
		return true;
	default:
		return false;
	}
}

static void needs_fixtures(const char *path, const struct policy_key *keys)
{
	for (; keys->name; keys++) {
		char below[300], file[PATH_MAX];
		snprintf(below, sizeof(below), "%s%s%s", path,
			 *path ? "." : "", keys->name);
		if (keys->keys)
			needs_fixtures(below, keys->keys);
		if (!can_refuse(keys))
			continue;
		ck_assert_ptr_nonnull(keys->why);
		snprintf(file, sizeof(file),
			 "%s/fixtures/hostile/compose/%s.refused.yaml",
			 tests_srcdir(), below);
		ck_assert_msg(io_exists(file), "no fixture for %s", below);
		snprintf(file, sizeof(file),
			 "%s/fixtures/hostile/compose/%s.harmless.yaml",
			 tests_srcdir(), below);
		ck_assert_msg(io_exists(file), "no neighbour for %s", below);
	}
}

START_TEST(no_rule_is_without_its_fixtures)
{
	needs_fixtures("", policy_keys);
}
END_TEST

static void are_sorted(const struct policy_key *keys)
{
	for (; keys->name; keys++) {
		if (keys[1].name)
			ck_assert_str_lt(keys->name, keys[1].name);
		if (keys->keys)
			are_sorted(keys->keys);
	}
}

START_TEST(the_keys_are_sorted)
{
	are_sorted(policy_keys);
}
END_TEST

START_TEST(a_refusal_names_file_line_key_and_what_lets_it_pass)
{
	setup();
	ck_assert_int_eq(check("v2", "services.privileged.refused", NULL), -1);
	ck_assert_msg(strstr(err.message, "compose.yaml:4:17"), "%s",
		      err.message);
	ck_assert_ptr_nonnull(strstr(err.message,
				     "`services.app.privileged: true`"));
	ck_assert_ptr_nonnull(strstr(err.message, "--allow privileged"));
	recorded_release(&r);
}
END_TEST

START_TEST(an_instructor_may_let_a_key_pass)
{
	static const char *const privileged[] = { "privileged", NULL };
	static const char *const volumes[] = { "volumes", NULL };
	static const char *const path[] = { "services.app.privileged", NULL };
	static const char *const other[] = { "services.db.privileged", NULL };

	setup();
	ck_assert_int_eq(check("v2", "services.privileged.refused", path), 0);
	ck_assert_int_eq(check("v2", "services.privileged.refused", other),
			 -1);
	ck_assert_int_eq(check("v2", "services.privileged.refused",
			       privileged), 0);
	ck_assert_int_eq(check("v2", "services.pid.refused", privileged), -1);
	ck_assert_int_eq(check("v2", "services.volumes.source.refused",
			       volumes), 0);
	recorded_release(&r);
}
END_TEST

START_TEST(a_key_that_nobody_knows_yet_is_refused)
{
	json_t *config = json_pack("{s:{s:{s:s,s:i}}}", "services", "app",
				   "image", "x", "teleport", 1);
	struct policy policy = { .file = "compose.yaml" };

	setup();
	policy.root = r.root;
	policy.arena = &r.arena;
	ck_assert_int_eq(policy_check(&policy, config, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.message,
				     "`services.app.teleport` is refused"));
	json_decref(config);
	recorded_release(&r);
}
END_TEST

START_TEST(a_volume_is_a_name_and_no_path)
{
	json_t *config = json_pack("{s:{s:{s:[{s:s,s:s,s:s}]}}}", "services",
				   "app", "volumes", "type", "volume",
				   "source", "/etc", "target", "/data");
	struct policy policy = { .file = "compose.yaml" };

	setup();
	policy.root = r.root;
	policy.arena = &r.arena;
	ck_assert_int_eq(policy_check(&policy, config, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.message, "no name of a volume"));
	json_decref(config);
	recorded_release(&r);
}
END_TEST

START_TEST(several_refusals_are_counted)
{
	json_t *config = json_pack("{s:{s:{s:b,s:s,s:s}}}", "services", "app",
				   "privileged", 1, "pid", "host", "ipc",
				   "host");
	struct policy policy = { .file = "compose.yaml" };

	setup();
	policy.root = r.root;
	policy.arena = &r.arena;
	ck_assert_int_eq(policy_check(&policy, config, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.message, "and 2 more like it"));
	json_decref(config);
	recorded_release(&r);
}
END_TEST

/* What runs may put a link where a folder was. */
START_TEST(a_folder_that_became_a_link_is_refused_the_next_time)
{
	char path[PATH_MAX];

	setup();
	ck_assert_int_eq(check("v2", "services.volumes.source.harmless",
			       NULL), 0);
	snprintf(path, sizeof(path), "%s/data", r.root);
	ck_assert_int_eq(rmdir(path), 0);
	recorded_link(&r, "/", "data");
	ck_assert_int_eq(check("v2", "services.volumes.source.harmless",
			       NULL), -1);
	ck_assert_ptr_nonnull(strstr(err.message, "leads out"));
	recorded_release(&r);
}
END_TEST

TESTS_MAIN("stack/policy", every_hostile_file_is_refused,
	   its_harmless_neighbour_is_not, no_rule_is_without_its_fixtures,
	   the_keys_are_sorted,
	   a_refusal_names_file_line_key_and_what_lets_it_pass,
	   an_instructor_may_let_a_key_pass,
	   a_key_that_nobody_knows_yet_is_refused,
	   a_volume_is_a_name_and_no_path, several_refusals_are_counted,
	   a_folder_that_became_a_link_is_refused_the_next_time)
