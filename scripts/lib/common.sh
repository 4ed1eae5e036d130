# Sourced by the other scripts: speaking, failing, and installing packages of the system where that may be done.

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# install_debian_packages PACKAGE ...: installs them, or says how. Services that they bring are not started.
install_debian_packages() (
    as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        sudo -n true 2>/dev/null || fail "Missing: $*. Install with: sudo apt-get install $*"
        as_root=(sudo)
    fi
    # Debian asks this file before a package starts its service. One that is there already stays.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        trap '"${as_root[@]}" rm -f "$policy"' EXIT
        printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
        "${as_root[@]}" chmod 755 "$policy"
    fi
    say "Installing $*"
    install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends)
    # The list of packages may be old or not there at all.
    "${install[@]}" "$@" >/dev/null 2>&1 ||
        { "${as_root[@]}" apt-get update -qq >&2 && "${install[@]}" "$@" >/dev/null; } ||
        fail "Could not install $*. Install by hand: sudo apt-get install $*"
)
