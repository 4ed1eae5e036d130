# Sourced by scripts/containers: finds a container engine with Compose, and leaves it as it was found.

# An engine for machines without one, and images for it, where that is there.
private_engine=${SPANLINK_SHARED:-$root/../shared}/containers/containers
engine_is_ours=false

# no_engine REASON: one line, and a status of its own.
no_engine() { say "Containers not tested: $*"; exit 3; }

engine_answers() { docker info >/dev/null 2>&1 && docker compose version >/dev/null 2>&1; }

find_engine() {
    engine_answers && return 0
    [ -x "$private_engine" ] ||
        no_engine "no container engine answers. Install and start Docker with Compose (docker info, docker compose version)"
    local doctor
    doctor=$("$private_engine" doctor 2>&1) ||
        no_engine "no engine can start here ($(sed -n 's/^NO *//p' <<<"$doctor" | paste -sd ';'))"
    if ! "$private_engine" engine status >/dev/null 2>&1; then
        local log
        log=$("$private_engine" engine start 2>&1) || no_engine "the engine does not start ($(tail -n 1 <<<"$log"))"
        engine_is_ours=true
    fi
    eval "$("$private_engine" env)"
    engine_answers || no_engine "the engine started and has no Compose"
}

# Whether the engine that answers is the private one: it reaches no registry.
engine_is_private() {
    local status
    [ -x "$private_engine" ] && status=$("$private_engine" engine status 2>/dev/null) &&
        [[ $status != *'"dir": null'* ]]
}

# get_images FILE ...: those that these files, a Compose file first, name.
get_images() {
    local log
    if engine_is_private; then
        log=$("$private_engine" images --for "$@" 2>&1) || no_engine "images cannot be made here ($(tail -n 1 <<<"$log"))"
    else
        local pull=(docker compose -f "$1" pull --quiet --ignore-buildable)
        log=$("${pull[@]}" --policy missing 2>&1) && return
        # Compose before 2.22 asks the registry also for what is there.
        [[ $log == *"unknown flag: --policy"* ]] && log=$("${pull[@]}" 2>&1) && return
        no_engine "the engine can pull no images ($(tail -n 1 <<<"$log"))"
    fi
}

# A stack of somebody else's may have been started on it meanwhile.
stop_engine() {
    if $engine_is_ours && [ -z "$(docker ps -q)" ]; then "$private_engine" engine stop >/dev/null 2>&1; fi
}
