#!/bin/sh
# Checks the model: all runs of runs.txt, or, given the name of one, that one and how its violation comes about.
cd "$(dirname "$0")" || exit 1
for tool in spin gcc; do
	command -v $tool >/dev/null || { echo "The model was not checked: $tool is not on the PATH (Debian: apt install spin gcc)"; exit 0; }
done
here=$(pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0

# run NAME MACROS WANT: prints what came of it; fails unless that is what was wanted.
run() {
	flags=$(printf '%s\n' $2 | sed -n 's/^\(..*\)/-D\1/p' | tr '\n' ' ')
	(cd "$work" && rm -f pan ./*.trail && spin -a $flags "$here/protocol.pml" && gcc -O1 -DSAFETY -DCOLLAPSE -w -o pan pan.c) || return 1
	(cd "$work" && ./pan -m1000000 -w24 >out 2>&1)
	if grep -q 'max search depth too small\|out of memory' "$work/out" || ! grep -q 'errors: ' "$work/out"; then
		cat "$work/out"
		return 1
	fi
	got=$(sed -n 's/.*assertion violated.*!(*\([a-z]*\).*/\1/p' "$work/out" | head -n 1)
	grep -q 'invalid end state (' "$work/out" && got=stuck
	grep -q 'errors: 0' "$work/out" && got=holds
	states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' "$work/out")
	seconds=$(sed -n 's/.*elapsed time \([0-9.]*\) seconds.*/\1/p' "$work/out")
	printf '%-15s %-8s %10s states %7s s  %s\n' "$1" "${got:-?}" "$states" "$seconds" "$4"
	[ "$got" = "$3" ] || { echo "  this must be: $3"; return 1; }
	[ "$only" = "" ] || [ "$got" = holds ] || (cd "$work" && spin -k protocol.pml.trail -p -g $flags "$here/protocol.pml" | grep -v '<valid end state>')
}

only=$1
while IFS='|' read -r name macros want what; do
	name=$(echo $name) macros=$(echo $macros) want=$(echo $want) what=$(echo "$what" | sed 's/^ *//')
	case $name in ''|\#*) continue ;; esac
	[ "$only" = "" ] || [ "$only" = "$name" ] || continue
	run "$name" "$macros" "$want" "$what" || bad=1
done <runs.txt
[ $bad = 0 ] || { echo "The model is not what runs.txt says" >&2; exit 1; }
