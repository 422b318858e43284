# Shared by the scripts of this folder; sourced, never run.
# shellcheck shell=bash disable=SC2034
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/turnout

# say prints what happens now, on standard error, so that output stays usable.
say() { printf '\033[1m==> %s\033[0m\n' "$*" >&2; }

# die prints what is wrong and what to do, and stops.
die() {
	printf 'error: %s\n' "$1" >&2
	[ $# -lt 2 ] || printf '  hint: %s\n' "$2" >&2
	exit 1
}

# need stops when a program is missing that we do not install ourselves.
need() { command -v "$1" >/dev/null || die "$1 is not installed" "$2"; }

# step runs a command and prints how long it took.
step() {
	local what=$1 begin=$SECONDS
	shift
	say "$what"
	"$@" || die "$what failed: $*"
	printf '    %s: %d s\n' "$what" $((SECONDS - begin)) >&2
}

# debian installs packages when a program is missing, where that is possible without asking.
debian() {
	local program=$1
	shift
	command -v "$program" >/dev/null && return
	command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] || return 1
	say "installing $*"
	{ apt-get install -y --no-install-recommends "$@" || { apt-get update && apt-get install -y --no-install-recommends "$@"; }; } >/dev/null
}
