# shellcheck shell=sh
# Sourced by ./demo and ./check: installs missing Debian packages, and starts
# the build over when the compiler or its flags have changed.

# need PACKAGE...: installs those that are not there yet.
need() {
	command -v dpkg-query >/dev/null 2>&1 || {
		echo "Not a Debian system: make sure that the equivalents of" \
			"these packages are installed: $*"
		return 0
	}
	missing=
	for package; do
		dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null |
			grep -q '^install ok installed' ||
			missing="$missing $package"
	done
	[ -n "$missing" ] || return 0
	echo "Installing$missing"
	as_root=
	if [ "$(id -u)" -ne 0 ]; then
		as_root=sudo
		[ -t 0 ] || as_root='sudo -n'
	fi
	# The package lists of a fresh machine may be empty or old.
	install="env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y \
		--no-install-recommends"
	# shellcheck disable=SC2086
	$as_root $install $missing </dev/null >/dev/null 2>&1 ||
		{ $as_root apt-get update -qq </dev/null &&
			$as_root $install $missing </dev/null >/dev/null; } || {
		echo "Cannot install them. Please run, as root:" >&2
		echo "    apt-get install$missing" >&2
		return 1
	}
}

# What the program needs to be built.
need_for_build() {
	command -v "${CC:-cc}" >/dev/null 2>&1 ||
		case ${CC:-cc} in
		clang) need clang ;;
		*) need gcc ;;
		esac || return 1
	need libc6-dev ninja-build protobuf-c-compiler libprotobuf-c-dev \
		libcjson-dev libxlsxwriter-dev zlib1g-dev libmd-dev
}

# build TARGET...: ninja on a tree made by the same compiler and flags.
build() {
	compiler="$(${CC:-cc} --version | head -n 1) ${NW_CFLAGS-}"
	if [ -d build ] && [ "$(cat build/compiler 2>/dev/null)" != "$compiler" ]
	then
		echo "The compiler has changed: building anew"
		rm -rf build
	fi
	mkdir -p build
	printf '%s\n' "$compiler" >build/compiler
	ninja "$@" </dev/null
}
