/* What a Compose file may say. Sorted by name within each table. */
#include "stack/policy.h"

static const char *const no_new_privileges[] = {
	"no-new-privileges", "no-new-privileges:true", "no-new-privileges=true",
	NULL,
};
static const char *const network_modes[] = { "bridge", "none", NULL };
static const char *const local_driver[] = { "local", NULL };
static const char *const bridge_driver[] = { "bridge", "default", NULL };
static const char *const build_networks[] = { "default", "none", NULL };
static const char *const mount_types[] = { "bind", "tmpfs", "volume", NULL };
static const char *const no_propagation[] = { "private", "rprivate", NULL };

static const struct policy_key build_keys[] = {
	{ "additional_contexts", FORM_REFUSED, .why =
	  "reads other folders into the image" },
	{ "args", FORM_TEXTS },
	{ "cache_from", FORM_TEXTS },
	{ "context", FORM_INSIDE, .why =
	  "leads out of the submission" },
	{ "dockerfile", FORM_DOCKERFILE, .why =
	  "leads out of the submission" },
	{ "dockerfile_inline", FORM_TEXT },
	{ "entitlements", FORM_REFUSED, .why =
	  "gives the build rights on the host" },
	{ "isolation", FORM_REFUSED, .why = "changes how it is contained" },
	{ "labels", FORM_TEXTS },
	{ "network", FORM_CHOICE, .choices = build_networks, .why =
	  "puts the build into another network" },
	{ "no_cache", FORM_TEXT },
	{ "platforms", FORM_TEXTS },
	{ "privileged", FORM_FALSE, .why = "gives the build all rights" },
	{ "pull", FORM_TEXT },
	{ "secrets", FORM_REFUSED, .why = "reads files of the host" },
	{ "shm_size", FORM_TEXT },
	{ "ssh", FORM_REFUSED, .why = "hands over keys of the host" },
	{ "tags", FORM_TEXTS },
	{ "target", FORM_TEXT },
	{ "ulimits", FORM_ANY },
	{ 0 },
};

static const struct policy_key bind_keys[] = {
	{ "create_host_path", FORM_TEXT },
	{ "propagation", FORM_CHOICE, .choices = no_propagation, .why =
	  "lets mounts appear on the host" },
	{ "selinux", FORM_REFUSED, .why =
	  "changes labels of files on the host" },
	{ 0 },
};

static const struct policy_key volume_mount_keys[] = {
	{ "nocopy", FORM_TEXT },
	{ "subpath", FORM_TEXT },
	{ 0 },
};

static const struct policy_key mount_keys[] = {
	{ "bind", FORM_KEYS, bind_keys },
	{ "consistency", FORM_TEXT },
	{ "mode", FORM_REFUSED, .why = "asks for an unusual kind of mount" },
	{ "read_only", FORM_TEXT },
	{ "source", FORM_INSIDE, .why = "leads out of the submission" },
	{ "target", FORM_TEXT },
	{ "tmpfs", FORM_ANY },
	{ "type", FORM_CHOICE, .choices = mount_types, .why =
	  "is no plain mount" },
	{ "volume", FORM_KEYS, volume_mount_keys },
	{ 0 },
};

static const struct policy_key port_keys[] = {
	{ "app_protocol", FORM_TEXT },
	{ "host_ip", FORM_TEXT },
	{ "mode", FORM_TEXT },
	{ "name", FORM_TEXT },
	{ "protocol", FORM_TEXT },
	{ "published", FORM_TEXT },
	{ "target", FORM_TEXT },
	{ 0 },
};

static const struct policy_key dependency_keys[] = {
	{ "condition", FORM_TEXT },
	{ "required", FORM_TEXT },
	{ "restart", FORM_TEXT },
	{ 0 },
};

static const struct policy_key attachment_keys[] = {
	{ "aliases", FORM_TEXTS },
	{ "gw_priority", FORM_TEXT },
	{ "ipv4_address", FORM_TEXT },
	{ "ipv6_address", FORM_TEXT },
	{ "priority", FORM_TEXT },
	{ 0 },
};

static const struct policy_key healthcheck_keys[] = {
	{ "disable", FORM_TEXT },
	{ "interval", FORM_TEXT },
	{ "retries", FORM_TEXT },
	{ "start_interval", FORM_TEXT },
	{ "start_period", FORM_TEXT },
	{ "test", FORM_TEXTS },
	{ "timeout", FORM_TEXT },
	{ 0 },
};

static const struct policy_key given_file_keys[] = {
	{ "gid", FORM_TEXT },
	{ "mode", FORM_TEXT },
	{ "source", FORM_TEXT },
	{ "target", FORM_TEXT },
	{ "uid", FORM_TEXT },
	{ 0 },
};

static const struct policy_key reservation_keys[] = {
	{ "cpus", FORM_TEXT },
	{ "devices", FORM_REFUSED, .why = "asks for devices of the host" },
	{ "memory", FORM_TEXT },
	{ 0 },
};

static const struct policy_key resource_limit_keys[] = {
	{ "cpus", FORM_TEXT },
	{ "memory", FORM_TEXT },
	{ "pids", FORM_TEXT },
	{ 0 },
};

static const struct policy_key resource_keys[] = {
	{ "limits", FORM_KEYS, resource_limit_keys },
	{ "reservations", FORM_KEYS, reservation_keys },
	{ 0 },
};

static const struct policy_key deploy_keys[] = {
	{ "labels", FORM_TEXTS },
	{ "mode", FORM_TEXT },
	{ "placement", FORM_ANY },
	{ "replicas", FORM_TEXT },
	{ "resources", FORM_KEYS, resource_keys },
	{ "restart_policy", FORM_ANY },
	{ "rollback_config", FORM_ANY },
	{ "update_config", FORM_ANY },
	{ 0 },
};

static const struct policy_key service_keys[] = {
	{ "attach", FORM_TEXT },
	{ "blkio_config", FORM_REFUSED, .why = "reaches devices of the host" },
	{ "build", FORM_KEYS, build_keys },
	{ "cap_add", FORM_REFUSED, .why = "asks for rights on the host" },
	{ "cap_drop", FORM_TEXTS },
	{ "cgroup", FORM_REFUSED, .why = "leaves its own control group" },
	{ "cgroup_parent", FORM_REFUSED, .why =
	  "leaves its own control group" },
	{ "command", FORM_TEXTS },
	{ "configs", FORM_LIST, given_file_keys },
	{ "container_name", FORM_TEXT },
	{ "cpu_count", FORM_TEXT },
	{ "cpu_percent", FORM_TEXT },
	{ "cpu_period", FORM_TEXT },
	{ "cpu_quota", FORM_TEXT },
	{ "cpu_shares", FORM_TEXT },
	{ "cpus", FORM_TEXT },
	{ "cpuset", FORM_TEXT },
	{ "credential_spec", FORM_REFUSED, .why =
	  "reads credentials of the host" },
	{ "depends_on", FORM_EACH, dependency_keys },
	{ "deploy", FORM_KEYS, deploy_keys },
	{ "develop", FORM_ANY },
	{ "device_cgroup_rules", FORM_REFUSED, .why =
	  "reaches devices of the host" },
	{ "devices", FORM_REFUSED, .why = "reaches devices of the host" },
	{ "dns", FORM_TEXTS },
	{ "dns_opt", FORM_TEXTS },
	{ "dns_search", FORM_TEXTS },
	{ "domainname", FORM_TEXT },
	{ "entrypoint", FORM_TEXTS },
	{ "env_file", FORM_ANY },
	{ "environment", FORM_TEXTS },
	{ "expose", FORM_TEXTS },
	{ "external_links", FORM_REFUSED, .why =
	  "reaches containers that are not the submission's" },
	{ "extra_hosts", FORM_TEXTS },
	{ "gpus", FORM_REFUSED, .why = "reaches devices of the host" },
	{ "group_add", FORM_TEXTS },
	{ "healthcheck", FORM_KEYS, healthcheck_keys },
	{ "hostname", FORM_TEXT },
	{ "image", FORM_IMAGE, .why = "is the name of an image that Bis made "
	  "of another submission" },
	{ "init", FORM_TEXT },
	{ "ipc", FORM_REFUSED, .why = "shares memory with the host" },
	{ "isolation", FORM_REFUSED, .why = "changes how it is contained" },
	{ "label_file", FORM_ANY },
	{ "labels", FORM_TEXTS },
	{ "links", FORM_TEXTS },
	{ "logging", FORM_ANY },
	{ "mac_address", FORM_TEXT },
	{ "mem_limit", FORM_TEXT },
	{ "mem_reservation", FORM_TEXT },
	{ "mem_swappiness", FORM_TEXT },
	{ "memswap_limit", FORM_TEXT },
	{ "network_mode", FORM_CHOICE, .choices = network_modes, .why =
	  "shares a network with the host or another container" },
	{ "networks", FORM_EACH, attachment_keys },
	{ "oom_kill_disable", FORM_FALSE, .why =
	  "keeps its memory from being taken back" },
	{ "oom_score_adj", FORM_REFUSED, .why =
	  "has the host end other processes first" },
	{ "pid", FORM_REFUSED, .why =
	  "sees processes of the host or another container" },
	{ "pids_limit", FORM_TEXT },
	{ "platform", FORM_TEXT },
	{ "ports", FORM_LIST, port_keys },
	{ "post_start", FORM_REFUSED, .why =
	  "runs commands with rights of their own" },
	{ "pre_stop", FORM_REFUSED, .why =
	  "runs commands with rights of their own" },
	{ "privileged", FORM_FALSE, .why = "gives it all rights on the host" },
	{ "profiles", FORM_TEXTS },
	{ "provider", FORM_REFUSED, .why = "runs a program on the host" },
	{ "pull_policy", FORM_TEXT },
	{ "read_only", FORM_TEXT },
	{ "restart", FORM_TEXT },
	{ "runtime", FORM_REFUSED, .why = "changes how it is contained" },
	{ "scale", FORM_TEXT },
	{ "secrets", FORM_LIST, given_file_keys },
	{ "security_opt", FORM_CHOICE, .choices = no_new_privileges, .why =
	  "loosens how it is contained" },
	{ "shm_size", FORM_TEXT },
	{ "stdin_open", FORM_TEXT },
	{ "stop_grace_period", FORM_TEXT },
	{ "stop_signal", FORM_TEXT },
	{ "storage_opt", FORM_REFUSED, .why = "changes storage of the host" },
	{ "sysctls", FORM_REFUSED, .why = "changes settings of the kernel" },
	{ "tmpfs", FORM_TEXTS },
	{ "tty", FORM_TEXT },
	{ "ulimits", FORM_ANY },
	{ "use_api_socket", FORM_FALSE, .why =
	  "hands over the engine itself" },
	{ "user", FORM_TEXT },
	{ "userns_mode", FORM_REFUSED, .why = "makes its root the host's" },
	{ "uts", FORM_REFUSED, .why = "shares its names with the host" },
	{ "volumes", FORM_LIST, mount_keys },
	{ "volumes_from", FORM_REFUSED, .why =
	  "mounts what another container has" },
	{ "working_dir", FORM_TEXT },
	{ 0 },
};

static const struct policy_key volume_keys[] = {
	{ "driver", FORM_CHOICE, .choices = local_driver, .why =
	  "is another driver than `local`" },
	{ "driver_opts", FORM_REFUSED, .why =
	  "can mount any folder or device of the host" },
	{ "external", FORM_ANY },
	{ "labels", FORM_TEXTS },
	{ "name", FORM_TEXT },
	{ 0 },
};

static const struct policy_key network_keys[] = {
	{ "attachable", FORM_TEXT },
	{ "driver", FORM_CHOICE, .choices = bridge_driver, .why =
	  "is another driver than `bridge`" },
	{ "driver_opts", FORM_REFUSED, .why =
	  "can join a network of the host" },
	{ "enable_ipv4", FORM_TEXT },
	{ "enable_ipv6", FORM_TEXT },
	{ "external", FORM_ANY },
	{ "internal", FORM_TEXT },
	{ "ipam", FORM_ANY },
	{ "labels", FORM_TEXTS },
	{ "name", FORM_TEXT },
	{ 0 },
};

static const struct policy_key file_keys[] = {
	{ "content", FORM_TEXT },
	{ "driver", FORM_REFUSED, .why = "reads a store of the host" },
	{ "environment", FORM_REFUSED, .why =
	  "reads the environment of the host" },
	{ "external", FORM_FALSE, .why = "is not in the submission" },
	{ "file", FORM_INSIDE, .why = "leads out of the submission" },
	{ "labels", FORM_TEXTS },
	{ "name", FORM_TEXT },
	{ "template_driver", FORM_REFUSED, .why =
	  "reads a store of the host" },
	{ 0 },
};

const struct policy_key policy_keys[] = {
	{ "configs", FORM_EACH, file_keys },
	{ "models", FORM_REFUSED, .why = "runs a program on the host" },
	{ "name", FORM_TEXT },
	{ "networks", FORM_EACH, network_keys },
	{ "secrets", FORM_EACH, file_keys },
	{ "services", FORM_EACH, service_keys },
	{ "version", FORM_TEXT },
	{ "volumes", FORM_EACH, volume_keys },
	{ 0 },
};
