/*
 * What is done with a submission's Compose file without an engine: it is
 * found, roles are found in it, it is made private; and Dockerfiles are kept
 * to a day.
 */
#include "tests/stack/recorded.h"

#include "stack/compose_rewrite.h"
#include "stack/dockerfile.h"
#include "stack/roles.h"

static struct recorded r;
static struct error err;

static void setup(void)
{
	recorded_init(&r);
	err = (struct error)ERROR_INIT;
}

/* Finding it. */

static int find(const char *wanted, struct compose_files *files)
{
	err = (struct error)ERROR_INIT;
	return compose_files_find(r.root, wanted, &r.arena, files, &err);
}

START_TEST(there_must_be_a_compose_file)
{
	struct compose_files files;
	char path[PATH_MAX];

	setup();
	snprintf(path, sizeof(path), "%s/other/compose.yaml", r.root);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(find(NULL, &files), -1);
	ck_assert_ptr_nonnull(strstr(err.message, "has no Compose file"));
	recorded_release(&r);
}
END_TEST

START_TEST(one_in_the_only_folder_that_has_one_is_taken)
{
	struct compose_files files;

	setup();
	ck_assert_msg(find(NULL, &files) == 0, "%s", err.message);
	ck_assert_ptr_nonnull(strstr(files.paths.at[0], "/other/compose.yaml"));
	compose_files_release(&files);
	recorded_release(&r);
}
END_TEST

START_TEST(of_two_the_person_says_which)
{
	static const char text[] = "services: { a: { image: b } }\n";
	struct compose_files files;

	setup();
	recorded_write(&r, "compose.yaml", text);
	recorded_write(&r, "docker-compose.yml", text);
	ck_assert_int_eq(find(NULL, &files), -1);
	ck_assert_ptr_nonnull(strstr(err.message, "more than one Compose file, "
				     "compose.yaml and docker-compose.yml"));
	ck_assert_ptr_nonnull(strstr(err.message,
				     "--map compose=compose.yaml"));
	ck_assert_int_eq(find("docker-compose.yml", &files), 0);
	compose_files_release(&files);
	ck_assert_int_eq(find("../compose.yaml", &files), -1);
	recorded_release(&r);
}
END_TEST

START_TEST(an_override_belongs_to_it)
{
	struct compose_files files;

	setup();
	recorded_write(&r, "compose.yaml", "services: {}\n");
	recorded_write(&r, "compose.override.yaml", "services:\n  a:\n"
		       "    env_file: /etc/environment\n");
	ck_assert_int_eq(find(NULL, &files), -1);
	ck_assert_msg(strstr(err.message, "compose.override.yaml:3:15"), "%s",
		      err.message);
	recorded_release(&r);
}
END_TEST

START_TEST(yaml_that_is_none_is_shown_with_its_place)
{
	struct compose_files files;

	setup();
	recorded_write(&r, "compose.yaml", "services:\n  a: {image: b\n");
	ck_assert_int_eq(find(NULL, &files), -1);
	ck_assert_msg(strstr(err.message, "compose.yaml:"), "%s", err.message);
	recorded_release(&r);
}
END_TEST

START_TEST(what_only_v2_knows_is_noticed)
{
	struct compose_files files;

	setup();
	recorded_write(&r, "compose.yaml", "name: mine\nservices: {}\n");
	ck_assert_int_eq(find(NULL, &files), 0);
	ck_assert_str_eq(files.v2_key, "name");
	compose_files_release(&files);
	recorded_release(&r);
}
END_TEST

/* Roles. */

static json_t *json_of(const char *text)
{
	char *copy = strdup(text);

	for (char *p = copy; *p; p++)
		if (*p == '\'')
			*p = '"';
	json_t *json = json_loads(copy, 0, NULL);
	ck_assert_ptr_nonnull(json);
	free(copy);
	return json;
}

static struct role_match role(json_t *config, const char *rules)
{
	const struct role_search search = { config, r.root, &r.arena };
	struct role_match match = { NULL, NULL };
	json_t *list = json_of(rules);

	err = (struct error)ERROR_INIT;
	role_find(&search, "api", list, &match, &err);
	json_decref(list);
	return match;
}

static json_t *lab_config(void)
{
	json_t *config = json_of(
		"{'services': {"
		"'db': {'image': 'postgres:16', 'ports': ['5432:5432']},"
		"'mlflow': {'image': 'ghcr.io/mlflow/mlflow:v2.16.0',"
		"  'command': ['mlflow', 'server', '--port', '5000']},"
		"'prefect-server': {'image': 'prefecthq/prefect:3.0.3',"
		"  'command': 'prefect server start'},"
		"'prefect-worker': {'image': 'prefecthq/prefect:3.0.3',"
		"  'command': 'prefect worker start'},"
		"'backend': {'build': './app', 'ports': ['8000:8000'],"
		"  'environment': ['MODE=serve']}}}");

	json_t *build = json_pack("{s:o}", "context", json_sprintf(
					  "%s/app", r.root));
	json_object_set_new(json_object_get(json_object_get(
		config, "services"), "backend"), "build", build);
	ck_assert_int_eq(compose_config_shape(config, &err), 0);
	return config;
}

START_TEST(a_role_is_found_by_its_rules_and_the_reason_is_said)
{
	setup();
	json_t *config = lab_config();
	struct role_match m = role(config, "[{'image': '^postgres:'}]");

	ck_assert_str_eq(m.service, "db");
	ck_assert_str_eq(m.reason, "image postgres:16");
	m = role(config, "[{'port': 8000}]");
	ck_assert_str_eq(m.service, "backend");
	ck_assert_str_eq(m.reason, "port 8000");
	m = role(config, "[{'command': 'mlflow server'}]");
	ck_assert_str_eq(m.service, "mlflow");
	m = role(config, "[{'environment': '^MODE=serve$'}]");
	ck_assert_str_eq(m.service, "backend");
	/* The image it is built from counts, too. */
	m = role(config, "[{'image': 'python', 'port': 8000}]");
	ck_assert_str_eq(m.service, "backend");
	json_decref(config);
	recorded_release(&r);
}
END_TEST

START_TEST(the_next_rule_chooses_among_several)
{
	setup();
	json_t *config = lab_config();
	struct role_match m = role(config, "[{'image': 'prefect'},"
				   " {'name': 'server$'}]");

	ck_assert_str_eq(m.service, "prefect-server");
	m = role(config, "[{'image': 'prefect'}]");
	ck_assert_ptr_null(m.service);
	ck_assert_ptr_nonnull(strstr(err.message, "several services could be "
				     "the api (prefect-server, prefect-worker)"
				     "; say which: --map api=prefect-server"));
	m = role(config, "[{'name': 'nobody'}]");
	ck_assert_ptr_null(m.service);
	ck_assert_int_eq(err.kind, ERROR_NONE);
	json_decref(config);
	recorded_release(&r);
}
END_TEST

START_TEST(a_service_may_be_known_by_a_file_it_is_given)
{
	setup();
	recorded_write(&r, "data/feature_store.yaml", "project: x\n");
	json_t *config = lab_config();
	json_t *service = json_object_get(compose_services(config), "mlflow");
	json_object_set_new(service, "volumes", json_pack(
		"[{s:s,s:o,s:s}]", "type", "bind", "source",
		json_sprintf("%s/data", r.root), "target", "/repo"));
	struct role_match m = role(config,
				   "[{'holds': 'feature_store.yaml'}]");

	ck_assert_str_eq(m.service, "mlflow");
	json_decref(config);
	recorded_release(&r);
}
END_TEST

/* Made private. */

static json_t *private_of(json_t *config)
{
	static const char *const names[] = { "db", "backend", "worker", NULL };
	static const struct private_port ports[] = { { "db", 5432, 40001 } };
	static const struct private_image images[] = {
		{ "backend", "bis-cache/built-backend:d", "d" } };
	static const char *const env[] = { "DO_NOT_TRACK=1", "MODE=bis", NULL };
	const struct compose_private how = {
		.token = "t0ken", .services = names, .ports = ports,
		.port_count = 1, .images = images, .image_count = 1,
		.env = env, .memory = "2g", .cpus = "1.5", .pids = 100,
		.mtu = 1400, .arena = &r.arena,
		.faketime = "/usr/lib/here/faketime",
	};

	return compose_make_private(config, &how);
}

/* A private name must not depend on the names that a file asks for. */
START_TEST(nothing_that_it_shares_with_others_is_left)
{
	setup();
	json_t *config = json_of(
		"{'name': 'shared', 'services': {"
		"'db': {'image': 'postgres:16', 'container_name': 'the-db',"
		"  'restart': 'always', 'ports': ['5432:5432'],"
		"  'volumes': ['pg:/var/lib/postgresql/data'],"
		"  'networks': ['back'], 'mem_limit': '100g',"
		"  'deploy': {'resources': {'limits': {'cpus': '64'}}},"
		"  'labels': {'bis.run': 'another'}},"
		"'backend': {'build': {'context': '/copy', 'tags': ['x:1']},"
		"  'image': 'streamflow-api:latest', 'environment':"
		"  {'MODE': 'serve'}, 'depends_on': ['db', 'grafana']},"
		"'worker': {'image': 'streamflow-api:latest'},"
		"'grafana': {'image': 'grafana', 'ports': ['3000:3000']}},"
		"'volumes': {'pg': {'name': 'shared-pg', 'external': true}},"
		"'networks': {'back': {'name': 'shared-net', 'external': true,"
		"  'ipam': {'config': [{'subnet': '10.1.0.0/16'}]}}}}");
	ck_assert_int_eq(compose_config_shape(config, &err), 0);
	json_t *private = private_of(config);
	char *text = json_dumps(private, JSON_COMPACT);

	ck_assert_ptr_null(strstr(text, "shared"));
	ck_assert_ptr_null(strstr(text, "container_name"));
	ck_assert_ptr_null(strstr(text, "grafana"));
	ck_assert_ptr_null(strstr(text, "another"));
	ck_assert_ptr_null(strstr(text, "10.1.0.0"));
	ck_assert_ptr_null(strstr(text, "deploy"));
	ck_assert_ptr_null(strstr(text, "5432:5432"));
	ck_assert_ptr_null(strstr(text, "streamflow-api"));
	ck_assert_ptr_null(strstr(text, "x:1"));
	ck_assert_ptr_null(strstr(text, "always"));
	ck_assert_ptr_nonnull(strstr(text, "\"127.0.0.1:40001:5432\""));
	ck_assert_ptr_nonnull(strstr(text, "\"mem_limit\":\"2g\""));
	ck_assert_ptr_nonnull(strstr(text, "no-new-privileges:true"));
	free(text);
	json_decref(private);
	json_decref(config);
	recorded_release(&r);
}
END_TEST

START_TEST(who_names_the_image_that_another_builds_gets_the_private_one)
{
	setup();
	json_t *config = json_of(
		"{'services': {"
		"'backend': {'build': {'context': '/copy'},"
		"  'image': 'streamflow-api:latest'},"
		"'worker': {'image': 'streamflow-api:latest'},"
		"'db': {'image': 'postgres:16'}}}");
	ck_assert_int_eq(compose_config_shape(config, &err), 0);
	json_t *private = private_of(config);
	json_t *services = json_object_get(private, "services");
	static const char tag[] = "bis-cache/built-backend:d";

	ck_assert_str_eq(json_string_value(compose_get(services, "backend",
						       "image")), tag);
	ck_assert_str_eq(json_string_value(compose_get(services, "worker",
						       "image")), tag);
	ck_assert_str_eq(json_string_value(compose_get(services, "db",
						       "image")),
			 "postgres:16");
	json_decref(private);
	json_decref(config);
	recorded_release(&r);
}
END_TEST

START_TEST(settings_are_defaults_and_the_container_name_is_still_known)
{
	setup();
	json_t *config = json_of(
		"{'services': {'backend': {'build': {'context': '/copy'},"
		"  'container_name': 'the-api',"
		"  'environment': {'MODE': 'serve'}}}}");
	ck_assert_int_eq(compose_config_shape(config, &err), 0);
	json_t *private = private_of(config);
	json_t *service = json_object_get(json_object_get(private, "services"),
					  "backend");

	ck_assert_str_eq(json_string_value(compose_get(
		service, "environment", "MODE")), "serve");
	ck_assert_str_eq(json_string_value(compose_get(
		service, "environment", "DO_NOT_TRACK")), "1");
	ck_assert_str_eq(json_string_value(json_array_get(
		json_object_get(service, "volumes"), 0)),
			 "/usr/lib/here/faketime:/usr/lib/bis/faketime:ro");
	const json_t *network = compose_get(service, "networks", "default");
	ck_assert_str_eq(json_string_value(json_array_get(
		json_object_get(network, "aliases"), 0)), "the-api");
	json_decref(private);
	json_decref(config);
	recorded_release(&r);
}
END_TEST

/* Both engines' forms come to one. */
START_TEST(short_and_long_forms_are_one)
{
	json_t *a = json_of(
		"{'services': {'a': {'volumes': ['/copy/data:/data:ro',"
		" 'pg:/pg', '/anonymous'], 'ports': ['127.0.0.1:80:8000/tcp'],"
		" 'depends_on': ['b'], 'links': ['c:d'],"
		" 'environment': ['A=b', 'C']}}}");
	static const char expected[] =
		"{\"volumes\":[{\"type\":\"bind\",\"source\":\"/copy/data\","
		"\"target\":\"/data\",\"read_only\":true},"
		"{\"type\":\"volume\",\"source\":\"pg\",\"target\":\"/pg\"},"
		"{\"type\":\"volume\",\"target\":\"/anonymous\"}],"
		"\"ports\":[{\"target\":8000,\"protocol\":\"tcp\","
		"\"published\":\"127.0.0.1:80\"}],"
		"\"depends_on\":{\"b\":{\"condition\":\"service_started\"},"
		"\"c\":{\"condition\":\"service_started\"}},"
		"\"links\":[\"c:d\"],"
		"\"environment\":{\"A\":\"b\",\"C\":null}}";

	ck_assert_int_eq(compose_config_shape(a, &err), 0);
	char *text = json_dumps(json_object_get(compose_services(a), "a"),
				JSON_COMPACT);
	ck_assert_str_eq(text, expected);
	free(text);
	json_decref(a);
}
END_TEST

/* Dockerfiles. */

static const char dockerfile[] =
	"# syntax=docker/dockerfile:1\n"
	"FROM --platform=linux/amd64 python:3.11-slim AS base\n"
	"RUN pip install \\\n"
	"    feast\n"
	"RUN <<EOF\n"
	"FROM nowhere\n"
	"EOF\n"
	"from base as second\n"
	"FROM scratch\n"
	"COPY --from=second / /\n"
	"CMD [\"uvicorn\", \"app:app\"]";

START_TEST(a_dockerfile_tells_its_images_and_its_command)
{
	struct arena arena = ARENA_INIT;

	ck_assert_str_eq(dockerfile_images(dockerfile, &arena),
			 "python:3.11-slim");
	ck_assert_str_eq(dockerfile_command(dockerfile, &arena),
			 "CMD [\"uvicorn\", \"app:app\"]");
	ck_assert(dockerfile_installs(dockerfile));
	ck_assert(!dockerfile_installs("FROM x\nRUN apt-get update\n"));
	arena_release(&arena);
}
END_TEST

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

START_TEST(packages_are_kept_to_a_day_after_each_image)
{
	struct strbuf once = STRBUF_INIT(STRBUF_TEXT);
	struct strbuf twice = STRBUF_INIT(STRBUF_TEXT);
	const struct package_day day = { "2025-12-20T00:00:00Z", true, false };
	const struct package_day later = { "2026-01-19T00:00:00Z", true, true };

	dockerfile_keep_to(dockerfile, &day, &once);
	/* Neither in a here-document, nor after a stage of its own. */
	ck_assert_uint_eq(count(once.buf, "ENV PIP_UPLOADED_PRIOR_TO="
				"2025-12-20T00:00:00Z"), 1);
	ck_assert_uint_eq(count(once.buf, "'pip>=26'"), 1);
	ck_assert_uint_eq(count(once.buf, "boto3"), 2);
	const char *from = strstr(once.buf, "AS base\n");
	ck_assert_int_eq(strncmp(from + 8, "# bis: packages as of 2025", 26),
			 0);
	dockerfile_keep_to(once.buf, &day, &twice);
	ck_assert_str_eq(twice.buf, once.buf);
	/* Another day takes its place. */
	strbuf_reset(&twice);
	dockerfile_keep_to(once.buf, &later, &twice);
	ck_assert_uint_eq(count(once.buf, "package_day"), 0);
	ck_assert_uint_eq(count(twice.buf, "package_day.pth"), 1);
	ck_assert_ptr_null(strstr(twice.buf, "2025-12-20"));
	ck_assert_uint_eq(count(twice.buf, "ENV PIP_UPLOADED_PRIOR_TO="
				"2026-01-19T00:00:00Z"), 1);
	strbuf_release(&once);
	strbuf_release(&twice);
}
END_TEST

START_TEST(a_day_that_can_t_be_kept_is_told_from_other_failures)
{
	ck_assert(dockerfile_lacks_pip("bis: no pip 26 for this Python\n"));
	ck_assert(!dockerfile_lacks_pip("bis: the day is not kept\n"));
	ck_assert_ptr_nonnull(dockerfile_complaint(
		"#5 bis: no pip 26 for this Python\n"));
	ck_assert_ptr_nonnull(dockerfile_complaint(
		"bis: the day is not kept\n"));
	/* BuildKit repeats the command that failed, or was not reached. */
	ck_assert_ptr_null(dockerfile_complaint(
		"#7 [2/5] RUN pip install 'pip>=26' || { echo 'bis: no pip 26 "
		"for this Python'; exit 1; }\nfailed to solve: no models\n"));
	ck_assert_ptr_nonnull(dockerfile_complaint(
		"#7 2.710 bis: no pip 26 for this Python\n#7 ERROR: 1\n"));
	ck_assert_ptr_null(dockerfile_complaint(
		"ERROR: No matching distribution found for feast\n"));
}
END_TEST

TESTS_MAIN("stack/compose_files", there_must_be_a_compose_file,
	   one_in_the_only_folder_that_has_one_is_taken,
	   of_two_the_person_says_which, an_override_belongs_to_it,
	   yaml_that_is_none_is_shown_with_its_place,
	   what_only_v2_knows_is_noticed,
	   a_role_is_found_by_its_rules_and_the_reason_is_said,
	   the_next_rule_chooses_among_several,
	   a_service_may_be_known_by_a_file_it_is_given,
	   nothing_that_it_shares_with_others_is_left,
	   who_names_the_image_that_another_builds_gets_the_private_one,
	   settings_are_defaults_and_the_container_name_is_still_known,
	   short_and_long_forms_are_one,
	   a_dockerfile_tells_its_images_and_its_command,
	   packages_are_kept_to_a_day_after_each_image,
	   a_day_that_can_t_be_kept_is_told_from_other_failures)
