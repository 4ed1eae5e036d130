# Sourced by the other scripts: finds what a build needs and installs what is missing, when it may.

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# need PKG_CONFIG_NAME APT_PACKAGE BREW_FORMULA ...: libraries that pkg-config must find.
need_libraries() {
    local missing_apt=() missing_brew=()
    while [ $# -gt 0 ]; do
        if ! command -v pkg-config >/dev/null || ! pkg-config --exists "$1"; then
            missing_apt+=("$2")
            missing_brew+=("$3")
        fi
        shift 3
    done
    command -v pkg-config >/dev/null || { missing_apt+=(pkg-config); missing_brew+=(pkg-config); }
    [ ${#missing_apt[@]} -eq 0 ] && return 0

    if [ "$(uname)" = Darwin ]; then
        fail "Missing: ${missing_brew[*]}. Install them with: brew install ${missing_brew[*]}"
    fi
    command -v apt-get >/dev/null ||
        fail "Missing C libraries. Install the development packages of your system that Debian calls: ${missing_apt[*]}"
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        if sudo -n true 2>/dev/null; then
            as_root=(sudo)
        else
            fail "Missing C libraries. Install them with: sudo apt-get install ${missing_apt[*]}"
        fi
    fi
    say "Installing ${missing_apt[*]}"
    # The list of packages may be old or not there at all.
    "${as_root[@]}" apt-get install -y --no-install-recommends "${missing_apt[@]}" >/dev/null 2>&1 ||
        { "${as_root[@]}" apt-get update -qq >&2 &&
            "${as_root[@]}" apt-get install -y --no-install-recommends "${missing_apt[@]}" >/dev/null; } ||
        fail "Could not install ${missing_apt[*]}. Install them by hand: sudo apt-get install ${missing_apt[*]}"
}

need_swift() {
    command -v swift >/dev/null ||
        fail "No Swift toolchain. Install Swift 6.2.1 or later: https://www.swift.org/install"
    local version
    version=$(swift --version 2>/dev/null | sed -nE 's/.*Swift version ([0-9]+\.[0-9]+(\.[0-9]+)?).*/\1/p' | head -1)
    if [ "$(printf '%s\n6.2.1\n' "$version" | sort -V | head -1)" != 6.2.1 ]; then
        fail "Swift $version is too old: package traits need 6.2.1 or later. See https://www.swift.org/install"
    fi
}

need_swift
need_libraries rdkafka librdkafka-dev librdkafka
# The SDK of macOS has both.
[ "$(uname)" = Darwin ] || need_libraries libcurl libcurl4-openssl-dev curl zlib zlib1g-dev zlib
