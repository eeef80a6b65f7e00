#!/usr/bin/env bash
# Install trawl, build plugins/example outside the tree against what was installed (with CMake and with
# pkg-config), and run its command in the installed program. Then move what was installed: it goes on, pictures too.
# usage: run.sh BUILD_DIR
[[ ${1:-} != -h && ${1:-} != --help ]] || { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" && exit; }
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$1" && pwd)
work=$build/tests/outside
rm -rf "$work"
mkdir -p "$work/source" "$work/home"
umask 022
cmake --install "$build" --prefix "$work/prefix" >/dev/null
cp "$root"/plugins/example/*.[ch] "$work/source/" 2>/dev/null || cp "$root"/plugins/example/*.c "$work/source/"

cat >"$work/source/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.22)
project(example LANGUAGES C)
find_package(trawl REQUIRED)
file(GLOB sources ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
trawl_add_plugin(example ${sources})
CMAKE
cmake -S "$work/source" -B "$work/cmake" -DCMAKE_PREFIX_PATH="$work/prefix" >/dev/null
cmake --build "$work/cmake" >/dev/null

mkdir -p "$work/pkg"
pc=$(dirname "$(find "$work/prefix" -name trawl.pc)")
flags=$(PKG_CONFIG_PATH=$pc pkg-config --cflags trawl)
# shellcheck disable=SC2086
cc -std=c11 -Wall -Wextra -Werror -shared -fPIC -fvisibility=hidden $flags \
    -o "$work/pkg/example.so" "$work"/source/*.c

export HOME=$work/home
for folder in "$work/cmake" "$work/pkg"; do
    out=$("$work/prefix/bin/trawl" --plugin-dir "$folder" -r "$root/tests/fixtures/basic.pcap" \
        -c 'talkers | head 1' 2>&1)
    if [ "$(wc -l <<<"$out")" != 2 ]; then
        echo "outside: the plugin in '$folder' gave: $out" >&2
        exit 1
    fi
done
# The plugin that docs/TOP.md shows.
mkdir -p "$work/shop"
awk '/^```c$/ { on = 1; next } /^```$/ { on = 0 } on' "$root/docs/TOP.md" >"$work/shop.c"
# shellcheck disable=SC2086
cc -std=c11 -Wall -Wextra -Werror -shared -fPIC -fvisibility=hidden $flags -o "$work/shop/shop.so" "$work/shop.c"
out=$("$work/prefix/bin/trawl" --plugin-dir "$work/shop" --tsv -q -r "$root/tests/fixtures/basic.pcap" \
    -c 'top --resolve racks --allow web --analyze late:10 | select name syn late' 2>&1)
if [ "$out" != $'name\tsyn\tlate\n2001:db8:80::80\t1\t1\nrack4\t1\t1' ]; then
    echo "outside: the plugin of docs/TOP.md gave: $out" >&2
    exit 1
fi
mv "$work/prefix" "$work/moved to here"
out=$("$work/moved to here/bin/trawl" -q -r "$root/tests/fixtures/basic.pcap" -c 'flows | head 1 | count' \
    -c "plot bandwidth -o $work/moved.svg" 2>&1)
if [ "$out" != $'count\n1' ] || { [ -x "$build/trawl-plot" ] && ! [ -s "$work/moved.svg" ]; }; then
    echo "outside: where it was moved to it gave: $out" >&2
    exit 1
fi
echo "outside: built twice, run twice, moved"
