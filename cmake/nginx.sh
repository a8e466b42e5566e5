#!/usr/bin/env bash
# nginx.sh: prints which nginx there is to test the downloads against, a program's path; exit
# status 77 and one line where there is none and apt can't get it.
#
# What is not on the PATH comes from Debian's packages, unpacked in build/nginx. Installed, it would be a
# service on this machine's port 80.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
unpacked=build/nginx

if command -v nginx || ls "$PWD/$unpacked/usr/sbin/nginx" 2>/dev/null; then
  exit
fi
none() {
  echo "there is no nginx: $1" >&2
  exit 77
}
command -v apt-get >/dev/null && command -v dpkg >/dev/null || none 'put one on the PATH'

root=()
if ((EUID != 0)) && command -v sudo >/dev/null; then
  root=(sudo -n)
fi
mkdir -p build
folder=$(realpath "$(mktemp -d build/nginx.XXXXXX)")
trap 'rm -rf "$folder"' EXIT
download() { (cd "$folder" && apt-get download nginx libnginx-mod-stream); }
if ! { download || { "${root[@]}" apt-get update && download; }; } &>"$folder/log" </dev/null; then
  none "apt-get download nginx libnginx-mod-stream says: $(tail -n 1 "$folder/log")"
fi
for package in "$folder"/*.deb; do
  dpkg -x "$package" "$folder/files"
done
mv -T "$folder/files" "$unpacked" 2>/dev/null || [[ -x $unpacked/usr/sbin/nginx ]] # another was faster
echo "$PWD/$unpacked/usr/sbin/nginx"
