/*
 * A program in Python (3.6 or later, its standard library alone) for what has
 * to do with the day a package was published, where pip itself can't: it runs
 * in containers of the submission's own images, never on the host.
 *
 * As a module that every Python of an image imports (`package_day.pth`): in a
 * process that is pip it serves a local package index on the loopback
 * interface, filtered by upload time to PIP_UPLOADED_PRIOR_TO, and hands pip
 * its address. For a pip older than 26, which does not know that setting.
 *
 * As a program, `python3 -c PROGRAM FOLDER`: "bis: newest pin TIME NAME
 * VERSION", the newest release among the pins (`NAME==VERSION`) of the
 * folder's requirements, or nothing.
 *
 * Both need an index that says when a file was published (PEP 700).
 */
#ifndef STACK_PACKAGE_DAY_H
#define STACK_PACKAGE_DAY_H

extern const char package_day_program[];

#endif
