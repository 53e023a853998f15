# Sourced by the tests of `bis grade`.

# Without it everything is the same as everything.
[ -x "$mask" ] || { echo "FAIL: $mask is not there: make check builds it"; exit 1; }

# masked OUT: every file of a class's results that people and programs read,
# without what is declared volatile.
masked() {
	(cd "$1" && find . -name run -prune -o -name work -prune -o \
		-name given -prune -o -name run.log -o -name journal.jsonl -o \
		-path ./anonymous -prune -o -path ./shards -prune -o \
		-name slurm-task -o -type f -print | LC_ALL=C sort) |
	while read -r file; do
		echo "== $file"
		case $file in
		*.xml) "$mask" "$1/$file" | sed 's/ time="[0-9.]*"//g' ;;
		*.html)
			sed 's/<code[^>]*>/&\n/g' "$1/$file" >page
			"$mask" page
			;;
		*) "$mask" "$1/$file" ;;
		esac | sed '/<!-- volatile -->/,/<!-- .volatile -->/d'
	done
}

# same A B: whether two classes' results are, and where they are not.
same() {
	masked "$1" >masked1
	masked "$2" >masked2
	cmp -s masked1 masked2 && return
	diff masked1 masked2 | head -40
	return 1
}
