/* The GNU extensions that the code uses, each behind a name of its own. */
#ifndef BASE_COMPILER_H
#define BASE_COMPILER_H

#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define UNUSED __attribute__((unused))
#define NORETURN __attribute__((noreturn))
#define FALLTHROUGH __attribute__((fallthrough)) /* clang reads no comment */

/* Runs fn(&variable) when the variable leaves its scope, however it does. */
#define _cleanup_(fn) __attribute__((cleanup(fn)))

#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* What comes later in the source can't move before a variable is known. */
#define COMPUTED_BY_NOW(variable) __asm__("" : "+r"(variable))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Functions that overflow what they are given do not compile (git's
 * banned.h). Included by every file through base/compiler.h. */
#undef strcpy
#define strcpy(x, y) banned_function_strcpy_
#undef strcat
#define strcat(x, y) banned_function_strcat_
#undef strncpy
#define strncpy(x, y, n) banned_function_strncpy_
#undef strtok
#define strtok(x, y) banned_function_strtok_
#undef sprintf
#define sprintf(...) banned_function_sprintf_
#undef vsprintf
#define vsprintf(...) banned_function_vsprintf_
#undef gmtime
#define gmtime(t) banned_function_gmtime_
#undef localtime
#define localtime(t) banned_function_localtime_
#undef system
#define system(c) banned_function_system_

/* libonig, which comes with libjq, exports POSIX names for structs of another
 * layout, and the linker prefers it to libc: PCRE2 instead. */
#undef regcomp
#define regcomp(...) banned_function_regcomp_
#undef regexec
#define regexec(...) banned_function_regexec_

#endif
