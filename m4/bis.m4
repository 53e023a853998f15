# BIS_C17: the language is C17 with GNU extensions (behind base/compiler.h).
AC_DEFUN([BIS_C17], [
	AC_MSG_CHECKING([for C17])
	bis_saved_cflags=$CFLAGS
	CFLAGS="$CFLAGS -std=gnu17"
	AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [[_Static_assert(__STDC_VERSION__ >= 201710L, "C17");]])],
		[AC_MSG_RESULT([-std=gnu17])],
		[AC_MSG_ERROR([$CC does not take -std=gnu17: gcc 8 or clang 6 does])])
	CFLAGS=$bis_saved_cflags
	# Sums must round alike on every machine: no fused multiply-add.
	BIS_CFLAGS="-std=gnu17 -ffp-contract=off"
	AC_SUBST([BIS_CFLAGS])
])

# BIS_WARNINGS: the strict set, as far as the compiler knows it.
AC_DEFUN([BIS_WARNINGS], [
	for bis_flag in -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
		-Wold-style-definition -Wpointer-arith -Wwrite-strings -Wundef \
		-Wformat=2 -Wno-format-nonliteral -Wvla -Wimplicit-fallthrough -Wno-missing-field-initializers
	do
		bis_saved_cflags=$CFLAGS
		CFLAGS="$CFLAGS -Werror $bis_flag"
		AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])],
			[BIS_CFLAGS="$BIS_CFLAGS $bis_flag"])
		CFLAGS=$bis_saved_cflags
	done
	AS_IF([test "x$enable_werror" = xyes], [BIS_CFLAGS="$BIS_CFLAGS -Werror"])
])

AC_DEFUN([BIS_SANITIZERS], [
	AS_IF([test "x$enable_sanitizers" = xyes], [
		BIS_CFLAGS="$BIS_CFLAGS -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer"
		BIS_LDFLAGS="-fsanitize=address,undefined"
		AC_DEFINE([WITH_SANITIZERS], [1], [Built with ASan and UBSan: RLIMIT_AS can't be used])
	])
	AC_SUBST([BIS_LDFLAGS])
	AM_CONDITIONAL([SANITIZERS], [test "x$enable_sanitizers" = xyes])
])

# BIS_CHECK_LIB(PREFIX, LIBRARY, FUNCTION, HEADER, DEBIAN-PACKAGE, OTHER-LIBS)
AC_DEFUN([BIS_CHECK_LIB], [
	AC_CHECK_HEADER([$4], [], [AC_MSG_ERROR([$4 is missing: apt-get install $5])])
	AC_CHECK_LIB([$2], [$3], [$1_LIBS="-l$2 $6"],
		[AC_MSG_ERROR([lib$2 is missing: apt-get install $5])], [$6])
	AC_SUBST([$1_LIBS])
])
