# Sourced by tour.sh, test.sh, debug.sh and .ci/run: steps into the project's folder, installs what is
# missing (Debian packages), and gives them build(). What can't be had ends the script with one
# line that names it and exit status 2, before anything is built.

set -euo pipefail
script=${0##*/}
cd "$(dirname "${BASH_SOURCE[0]}")/.."
compiler=${CXX:-g++}

fail() {
  echo "$script: $*" >&2
  exit 2
}

tools() {
  need g++ compiler_is_new_enough
  need cmake cmake_is_new_enough
  need ninja-build command -v ninja
}

# Not asked for when CMake is told to look elsewhere; it complains for itself then.
boost() {
  [[ -z ${Boost_ROOT-}${Boost_DIR-}${CMAKE_PREFIX_PATH-} ]] || return 0
  need libboost1.81-dev compiles '#include <boost/version.hpp>
    #if BOOST_VERSION / 100 != 1081
    #error another version
    #endif'
  need libboost-log1.81-dev compiles '' -lboost_log
  need libboost-serialization1.81-dev compiles '' -lboost_serialization
  need libboost-program-options1.81-dev compiles '' -lboost_program_options
  need libboost-test1.81-dev compiles '' -lboost_unit_test_framework
  need libboost-url1.81-dev compiles '' -lboost_url
}

clang() {
  need clang-19 command -v clang++-19
  need libclang-rt-19-dev clang_has_sanitizers # a part of the package that clang-19 only recommends
  need llvm-19 command -v llvm-symbolizer-19   # names functions and lines in what they report
}

tls() { need libssl-dev compiles '#include <openssl/ssl.h>' -lssl; }

# What the tests of the downloads use besides nginx.
certificates() { need openssl command -v openssl; }

clang_format() { need clang-format-19 command -v clang-format-19; }
debugger() { need gdb gdb_runs_python; }
clang_tidy() { need clang-tidy-19 command -v clang-tidy-19; }

# need PACKAGE COMMAND...: the package is missing if the command fails.
need() {
  "${@:2}" &>/dev/null </dev/null || missing+=("$1")
}

compiles() { # SOURCE LINKER_OPTIONS...
  local folder status=0
  folder=$(mktemp -d)
  printf '%s\nint main() {}\n' "$1" >"$folder/main.cpp"
  $compiler -std=c++20 "$folder/main.cpp" "${@:2}" -o "$folder/main" || status=1
  rm -r "$folder"
  return "$status"
}

clang_has_sanitizers() { compiler=clang++-19 compiles '' -fsanitize=thread,undefined; }

compiler_is_new_enough() {
  compiles '#if defined __clang__ ? __clang_major__ < 16 : __GNUC__ < 12
    #error too old
    #endif'
}

gdb_runs_python() { # gdb-minimal does not
  [[ $(gdb -nx -batch -ex 'python print(6 * 7)') == 42 ]]
}

cmake_is_new_enough() {
  printf '%s\n' 3.25 "$(cmake --version | sed -n '1s/.* //p')" | sort -CV
}

# provide NEEDS...: installs what these functions find missing.
provide() {
  local needs
  for needs in "$@"; do
    missing=()
    "$needs"
    ((${#missing[@]})) || continue
    command -v apt-get >/dev/null ||
      fail "missing: ${missing[*]} (Debian's names); there is no apt-get here to install them with"
    echo "$script: installing ${missing[*]}" >&2
    apt_install "${missing[@]}" || fail "missing: ${missing[*]}; apt-get says: $apt_says"
    missing=()
    "$needs"
    ((${#missing[@]} == 0)) || fail "missing: ${missing[*]} (installed, but too old or not found)"
  done
}

apt_install() {
  local root=() output
  if ((EUID != 0)) && command -v sudo >/dev/null; then
    root=(sudo)
    [[ -t 0 ]] || root+=(-n) # nobody is there to type a password
  fi
  root+=(env DEBIAN_FRONTEND=noninteractive apt-get)
  local packages=(install -y --no-install-recommends --no-remove "$@")
  output=$("${root[@]}" "${packages[@]}" 2>&1 </dev/null ||
    { "${root[@]}" update && "${root[@]}" "${packages[@]}"; } 2>&1 </dev/null) && return
  apt_says=$(grep '^E: ' <<<"$output" | tail -n1) || apt_says=$(tail -n1 <<<"$output")
  return 1
}

# Of nginx its files will do. Without apt and without nginx those tests are skipped.
provide_nginx() {
  local says
  says=$(cmake/nginx.sh 2>&1) || ! command -v apt-get >/dev/null || fail "$says"
}

# Without it the tests that compare with asyncio itself are skipped, and say so.
provide_python() {
  cmake/python.sh install &>/dev/null || true
}

# build PRESET [CMAKE_BUILD_OPTIONS...]: configures and builds, in silence unless it fails.
build() {
  local log=build/$1/build.log
  mkdir -p "build/$1"
  echo "$script: building build/$1 (log: $log)" >&2
  cmake --preset "$1" &>"$log" </dev/null || { cat "$log" >&2; exit 2; }
  cmake --build --preset "$1" -j "$(nproc)" "${@:2}" &>>"$log" </dev/null || { cat "$log" >&2; exit 1; }
}

[[ -z ${CXX-} ]] || compiler_is_new_enough &>/dev/null || fail "CXX=$CXX is not g++ 12, clang 16 or newer"
provide tools boost tls
