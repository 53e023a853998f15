#include "stack/kept_cluster.h"

#include "base/io.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* "clusters/pg-15.18"; false: none are kept. */
static bool kept_path(const struct postgres_programs *programs,
		      char path[PATH_MAX])
{
	const char *folder = getenv(KEPT_CLUSTERS);

	if (!folder || !*folder)
		return false;
	return snprintf(path, PATH_MAX, "%s/pg-%s", folder,
			programs->version) < PATH_MAX;
}

/* Its data lie elsewhere where there is memory for them. */
static int real_data(const struct postgres_cluster *cluster,
		     char real[PATH_MAX], struct error *err)
{
	if (realpath(cluster->data, real))
		return 0;
	return error_errno(err, errno, "%s", cluster->data);
}

int kept_cluster_take(const struct postgres_programs *programs,
		      const struct postgres_cluster *cluster,
		      const struct account *account, struct error *err)
{
	char kept[PATH_MAX], data[PATH_MAX];

	if (!kept_path(programs, kept) || !io_exists(kept))
		return 0;
	if (real_data(cluster, data, err) < 0)
		return -1;
	if (rmdir(data) < 0)
		return error_errno(err, errno, "%s", data);
	if (io_copy_tree(kept, data, err) < 0 ||
	    postgres_reconfigure(programs, cluster, account, err) < 0)
		return -1;
	if (account->drop &&
	    io_chown_tree(data, account->uid, account->gid, err) < 0)
		return -1;
	return 1;
}

void kept_cluster_keep(const struct postgres_programs *programs,
		       const struct postgres_cluster *cluster)
{
	char kept[PATH_MAX], data[PATH_MAX], making[PATH_MAX + 16];

	if (!kept_path(programs, kept) || io_exists(kept) ||
	    real_data(cluster, data, NULL) < 0)
		return;
	/* Whole, or not there; another run may be as far as we are. */
	snprintf(making, sizeof(making), "%s.%d", kept, (int)getpid());
	if (io_copy_tree(data, making, NULL) < 0 || rename(making, kept) < 0)
		io_remove_tree(making, NULL);
}
