# Shared by the commands in tools/: where the tree is, how much may run at once, how to build.
# To be sourced by bash.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

say() { printf '%s: %s\n' "tools/$(basename "$0")" "$*" >&2; }
die() { say "$*"; exit 1; }
usage() { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; }  # the comment at the head of a command

# A compiler takes up to 1.5 GiB here, so a small machine with many processors must not start them all.
jobs_that_fit() {
    local processors memory
    processors=$(nproc 2>/dev/null || echo 1)
    memory=$(awk '/^MemAvailable:/ {print int($2 / 1572864)}' /proc/meminfo 2>/dev/null || :)
    memory=${memory:-1}
    [ "$memory" -ge 1 ] || memory=1
    echo $((processors < memory ? processors : memory))
}

prepare_ccache() {
    export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros
    [ -n "${CCACHE_DIR:-}" ] || [ -w "${HOME:-/nonexistent}" ] || export CCACHE_DIR=$root/.cache/ccache
}

# configure FOLDER server|tests CMAKE-ARGUMENT...: only when the folder is not configured like that
# already. A folder that has the tests will do for the server too.
configure() {
    local folder=$1 tests=OFF wish
    [ "$2" = server ] || tests=ON
    shift 2
    command -v ccache >/dev/null && set -- -DCMAKE_CXX_COMPILER_LAUNCHER=ccache "$@"
    wish=$(printf '%s\n' "$root" "$@")
    [ $tests = OFF ] || wish+=$'\n'-DPORTOLAN_TESTS=ON
    if [ -e "$folder/build.ninja" ] && is_configured "$folder" "$wish"; then return; fi
    forget_moved "$folder"
    mkdir -p "$folder"
    cmake -S . -B "$folder" -G Ninja -DPORTOLAN_TESTS=$tests "$@" >"$folder/configure.log" 2>&1 || {
        cat "$folder/configure.log" >&2
        die "cmake could not configure $folder/; its words stand above"
    }
    printf '%s\n' "$wish" >"$folder/configured"
}

is_configured() {  # every line of the wish is in what the folder was configured with
    [ -e "$1/configured" ] && ! grep -qvxF -f "$1/configured" <<<"$2"
}

forget_moved() {  # CMake refuses a folder whose tree has been moved since
    [ -e "$1/CMakeCache.txt" ] || return 0
    grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$1/CMakeCache.txt" ||
        rm -rf "$1/CMakeCache.txt" "$1/CMakeFiles"
}

# compile FOLDER TARGET...: silent when there is nothing to do.
compile() {
    local folder=$1
    shift
    prepare_ccache
    if [ -t 1 ]; then
        ninja -C "$folder" -j "$(jobs_that_fit)" "$@"
    else
        ninja -C "$folder" -j "$(jobs_that_fit)" "$@" |
            sed -u -e '/Re-checking globbed directories/d' -e '/^ninja: Entering/d' -e '/^ninja: no work/d'
    fi
}

# The folders of the several builds, each configured in one way only, so that no command spoils
# another's objects: build/ has the same objects with and without the tests.
configure_release() { configure build "$1" -DCMAKE_BUILD_TYPE=RelWithDebInfo "${@:2}"; }
configure_debug() { configure build-debug "$1" -DCMAKE_BUILD_TYPE=Debug; }
configure_asan() { configure build-asan "$1" "${sanitized[@]}" -DPORTOLAN_SANITIZE=address; }
configure_tsan() { configure build-tsan "$1" "${sanitized[@]}" -DPORTOLAN_SANITIZE=thread; }
configure_fuzz() { configure build-fuzz tests "${sanitized[@]}" -DPORTOLAN_FUZZ=ON -DCMAKE_CXX_COMPILER=clang++-19; }
sanitized=(-DCMAKE_BUILD_TYPE=Debug '-DCMAKE_CXX_FLAGS_DEBUG=-O1 -g1')
