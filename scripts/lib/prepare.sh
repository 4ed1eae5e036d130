# Sourced by the other scripts: finds what a build needs and installs what is missing, when it may.

. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$root"

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
    install_debian_packages "${missing_apt[@]}"
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
need_libraries \
    rdkafka librdkafka-dev librdkafka \
    librabbitmq librabbitmq-dev rabbitmq-c \
    yaml-0.1 libyaml-dev libyaml
# The SDK of macOS has both.
[ "$(uname)" = Darwin ] || need_libraries libcurl libcurl4-openssl-dev curl zlib zlib1g-dev zlib
