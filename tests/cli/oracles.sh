#!/bin/sh
# The oracles share types with what they check, and nothing that computes: what
# oracle/ takes from other folders than base/ and ir/ is listed here, and
# mapper/ takes nothing from it.
. tests/cli/common

objects=${nestwright%/*}
[ -e "$objects/oracle.a" ] || objects=build/release
cat >"$tmp/allowed" <<END
cost_counts     which tiles a nest is searched with: a matter of numbers' ranges
mapping_none    a mapping without loops
objective_name  a name
search_expired  the clock
search_poll     the clock
search_stopped  the clock
tiling_none     a tiling without loops
END
# What a header gives that computes cannot be seen in objects.
cat >"$tmp/headers" <<END
codegen/nwcfg.h
mapper/cost.h
mapper/mapping.h
mapper/mapspace.h
mapper/search.h
schedule/network_choice.h
END

# defined FOLDER..., undefined FOLDER...: names of functions and data.
defined() {
	for folder; do
		nm -g --defined-only "$objects/$folder.a"
	done 2>"$tmp/err" | awk 'NF == 3 { print $3 }' | sort -u
}
undefined() {
	nm -gu "$objects/$1.a" 2>"$tmp/err" |
		awk 'NF == 2 && $1 == "U" { print $2 }' | sort -u
}

defined cli codegen dse import lib mapper passes schedule sim >"$tmp/theirs"
defined oracle >"$tmp/own"
undefined oracle >"$tmp/wanted"
[ -s "$tmp/theirs" ] && [ -s "$tmp/own" ] && [ -s "$tmp/wanted" ]
result $? 'there is something to look at'

cut -d ' ' -f 1 "$tmp/allowed" | sort >"$tmp/names"
comm -12 "$tmp/wanted" "$tmp/theirs" >"$tmp/taken"
comm -23 "$tmp/taken" "$tmp/names" >"$tmp/more"
[ ! -s "$tmp/more" ]
result $? 'what the oracles take is on the list'
[ ! -s "$tmp/more" ] || sed 's/^/# /' "$tmp/more"
comm -13 "$tmp/taken" "$tmp/names" >"$tmp/less"
[ ! -s "$tmp/less" ]
result $? 'all of the list is needed'

undefined mapper | comm -12 - "$tmp/own" >"$tmp/leans"
[ ! -s "$tmp/leans" ]
result $? 'the mapper takes nothing from the oracles'

sed -n 's/^#include "\(.*\)"$/\1/p' oracle/*.[ch] |
	grep -v '^base/\|^ir/\|^oracle/' | sort -u >"$tmp/included"
comm -23 "$tmp/included" "$tmp/headers" >"$tmp/more"
[ ! -s "$tmp/more" ]
result $? 'the headers that they include have types'
[ ! -s "$tmp/more" ] || sed 's/^/# /' "$tmp/more"

finish
