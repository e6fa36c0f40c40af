#!/bin/sh
# Install the Debian packages among the arguments that are missing.  Says
# nothing and needs nothing when all are there.
set -eu
missing=
for p in "$@"; do
	dpkg-query -W -f '${Status}' "$p" 2>/dev/null |
	    grep -q 'ok installed' || missing="$missing $p"
done
[ -n "$missing" ] || exit 0
echo "installing:$missing" >&2
run=
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || {
		echo "as root: apt-get install --no-install-recommends$missing" >&2
		exit 1
	}
	run=sudo
fi
$run apt-get update -q >&2
# shellcheck disable=SC2086  # one word a package
$run env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends $missing >&2
