/*
 * Where a student's results are, and how they get there so that nothing is
 * lost or taken twice, whenever the batch is killed:
 *
 *	OUT/work/SLUG/            a grading that goes on, thrown away when it
 *	OUT/work/SLUG.log         begins again
 *	OUT/students/SLUG/run/    what `bis run` wrote, the automatic result
 *	OUT/students/SLUG/run-1/  before it was graded again, oldest first
 *	OUT/students/SLUG/        the reports, written anew by every batch
 *
 * `bis run` writes result.json last of all and whole or not at all, so where
 * it is, the grading came to its end. Then its digest goes into the journal,
 * and only then the folder is moved; student_folder_settle() does that move
 * again where the batch was killed before it.
 */
#ifndef GRADE_STUDENT_FOLDER_H
#define GRADE_STUDENT_FOLDER_H

#include "base/arena.h"
#include "base/error.h"
#include "base/hash.h"

#include <stdbool.h>
#include <stdint.h>

struct student_folder {
	const char *work, *log;   /* OUT/work/SLUG and SLUG.log */
	const char *reports;      /* OUT/students/SLUG */
	const char *run, *result; /* .../run, .../run/result.json */
};

struct student_folder student_folder_of(struct arena *arena, const char *out,
					const char *slug);

/* An empty work folder. */
int student_folder_begin(const struct student_folder *folder,
			 struct error *err);

/* SHA-256 of work/SLUG/result.json; false: there is none. */
bool student_folder_finished(const struct student_folder *folder,
			     char ret_sha256[SHA256_HEX]);

/* Puts the work folder in the place of run/ where its result.json has that
 * digest and run/ has not. 1: run/ holds the result of that digest now; 0:
 * neither does, it must be graded again; -1: the disk said no. */
int student_folder_settle(const struct student_folder *folder,
			  const char *sha256, struct error *err);

/* Bytes on the disk below a folder. */
int64_t folder_size(const char *path);

#endif
