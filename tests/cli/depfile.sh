#!/bin/sh
# The depfile of file names with special characters, read by Make and Ninja
# themselves: each must find the very name, or compile must refuse it.
. tests/cli/common
case $nestwright in /*) ;; *) nestwright=$top/$nestwright ;; esac
cp tests/models/conv.onnx examples/arch/default.json "$tmp"
cd "$tmp" || exit 1
tab=$(printf '\t') escape=$(printf '\033')
newline='
'
command -v make >/dev/null 2>&1 || echo '# skipped: what Make reads'

# written SOURCE ARCH OUT: compiles SOURCE, a copy of a model, with a depfile.
written() {
	rm -rf work && mkdir work && cd work || return 1
	mkdir -p "$(dirname "./$1")" && cp ../conv.onnx "./$1" &&
		cp ../default.json "./$2" &&
		"$nestwright" compile "./$1" -a "$2" -o "$3" --depfile deps.d \
			-q 2>err
	status=$?
	cd ..
	return $status
}

# by_make SOURCE TARGET: Make misses SOURCE for TARGET once it is gone.
by_make() {
	command -v make >/dev/null 2>&1 || return 0
	mv "work/$1" source
	make -C work -rRf deps.d >said 2>&1
	mv source "work/$1"
	grep -qF "No rule to make target '$1', needed by '$2'." said
}

# by_ninja SOURCE TARGET: Ninja records SOURCE, and reads TARGET as one name.
by_ninja() {
	cat >work/build.ninja <<-'END'
	rule r
	  command = cp $in $out.d && touch $out
	  depfile = $out.d
	  deps = gcc
	build sources: r deps.d
	build targets: r names.d
	END
	sed 's/\.nwcfg: .*/.nwcfg/; /^  /d; s/^/t: /' work/deps.d \
		>work/names.d
	ninja -C work >said 2>&1 && ninja -C work -t deps >said &&
		grep -qFx "    $1" said && grep -qFx "    $2" said
}

for name in plain 'a b' ' a  b' 'a#b' '#' 'a$b' '$$' '$(a)' 'a:b' 'c:/a' \
	'a\b' 'a\\.b' '# :$' 'a(b' 'a (1)' 'a@{b}!,+' 'x[y' 'x]y' '-a' 'ä' \
	'lr=0.1/a' 'x%y' 'a=b'; do
	model=$name.onnx
	{ written "$model" arch.json 'out' && target=$(cd work && ls out/*.nwcfg) &&
		by_make "$model" "$target" && by_ninja "$model" "$target"; }
	result $? "a depfile names '$model'"
done
for out in 'o p' 'o:p' 'o#p' 'o$p' 'o(p)' ' # :$'; do
	{ written a.onnx arch.json "$out" && by_make a.onnx "$out/a.nwcfg" &&
		by_ninja a.onnx "$out/a.nwcfg"; }
	result $? "a depfile names a target in '$out'"
done

# refused SOURCE ARCH OUT WHAT: one line, status 1, nothing written.
refused() {
	! written "$1" "$2" "$3" && [ "$status" -eq 1 ] &&
		[ "$(wc -l <work/err)" -eq 1 ] &&
		grep -qF -e "$4" work/err && [ ! -e "work/$3" ] &&
		[ ! -e work/deps.d ]
	result $? "a depfile cannot have $4"
}
for c in ';' '*' '?' '"' "'" '&' '|' '<' '>' '^' '`'; do
	refused "a${c}b.onnx" arch.json out "'$c'"
	refused a.onnx arch.json "o${c}p" "'$c'"
done
refused "a${tab}b.onnx" arch.json out 'the byte \x09'
refused "a${newline}b.onnx" arch.json out 'the byte \x0a'
refused "a${escape}b.onnx" arch.json out 'the byte \x1b'
refused 'a[b]c.onnx' arch.json out "a pattern in '[]'"
refused 'a\ b.onnx' arch.json out 'a backslash'
refused 'a\#b.onnx' arch.json out 'a backslash'
refused 'a.onnx' 'arch\' out 'a backslash'
refused 'a.onnx' 'arch ' out 'a space'
refused 'a.onnx' 'arch:' out 'a space'
refused 'a.onnx' 'lib(a)' out "')' at the end"
refused 'a.onnx' '~a' out "'~' at the start"
refused 'a.onnx' arch.json 'o%p' "'%'"
refused 'a.onnx' arch.json 'o=p' "'='"
refused 'a=b.onnx' 'c=d' out "an assignment"
finish
