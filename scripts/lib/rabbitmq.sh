# Sourced by scripts/brokers: one RabbitMQ in "$dir", which keeps its ports and node name from start to start.

# Packages put the scripts that anyone may run apart from the wrapper in /usr/sbin, which insists on the user rabbitmq.
rabbitmq_bin() {
    local candidate
    for candidate in /usr/lib/rabbitmq/bin /opt/homebrew/opt/rabbitmq/sbin /usr/local/opt/rabbitmq/sbin; do
        if [ -x "$candidate/rabbitmq-server" ]; then
            bin=$candidate
            return 0
        fi
    done
    return 1
}

need_rabbitmq() {
    rabbitmq_bin && return 0
    [ "$(uname)" = Darwin ] && fail "Missing: rabbitmq. Install it with: brew install rabbitmq"
    command -v apt-get >/dev/null || fail "Missing: a RabbitMQ server. Install your system's package rabbitmq-server"
    install_debian_packages rabbitmq-server
    rabbitmq_bin || fail "The package rabbitmq-server brought no /usr/lib/rabbitmq/bin/rabbitmq-server"
}

# is_ours PID_FILE WORD: whether the process is there and is the one that was started, not a later one of that number.
is_ours() {
    local pid
    [ -s "$1" ] && pid=$(cat "$1") && kill -0 "$pid" 2>/dev/null &&
        ps -p "$pid" -o args= 2>/dev/null | grep -q -- "$2"
}
server_is_up() { is_ours "$dir/server.pid" rabbitmq-server; }
vm_is_up() { is_ours "$dir/vm.pid" "-home $dir "; }
epmd_is_up() { is_ours "$dir/epmd.pid" "-port $epmd_port"; }

# wait_gone PID SECONDS
wait_gone() {
    local tries=$(($2 * 20))
    while kill -0 "$1" 2>/dev/null; do
        [ $((tries -= 1)) -gt 0 ] || return 1
        sleep 0.05
    done
}

accepts() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Below the ports that systems hand out by themselves.
choose_ports() {
    local base
    while :; do
        base=$((20000 + RANDOM % 12000))
        ports_are_taken "$base" || break
    done
    printf 'node=spanlink-%s@localhost\nport=%s\n' "$base" "$base" >"$dir/instance"
}

# ports_are_taken [BASE]: whether anyone listens on one of an instance's four ports.
ports_are_taken() {
    local offset
    for offset in 0 1 2 3; do accepts $((${1:-$port} + offset)) && return 0; done
    return 1
}

load_instance() {
    [ -s "$dir/instance" ] || return 1
    . "$dir/instance"
    tls_port=$((port + 1)) epmd_port=$((port + 2)) distribution_port=$((port + 3))
    # The cookie lies in the home directory.
    export HOME=$dir
    export RABBITMQ_CONF_ENV_FILE=/dev/null RABBITMQ_NODENAME=$node RABBITMQ_NODE_IP_ADDRESS=127.0.0.1
    export RABBITMQ_NODE_PORT=$port RABBITMQ_DIST_PORT=$distribution_port
    export RABBITMQ_MNESIA_BASE=$dir/data RABBITMQ_LOG_BASE=$dir/log RABBITMQ_PID_FILE=$dir/vm.pid
    export RABBITMQ_ENABLED_PLUGINS_FILE=$dir/enabled_plugins RABBITMQ_CONFIG_FILE=$dir/rabbitmq.conf
    export RABBITMQ_CTL_DIST_PORT_MIN=$((port + 10)) RABBITMQ_CTL_DIST_PORT_MAX=$((port + 30))
    export ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT=$epmd_port
    # Distribution would listen on every address.
    export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}"
    export RABBITMQ_CTL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}"
}

# Certificates made once, of a CA of their own: the server's for localhost, the client's for the user guest.
make_certificates() {
    [ -s "$dir/tls/client.pem" ] && return 0
    mkdir -p "$dir/tls"
    (
        cd "$dir/tls"
        umask 077
        openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=spanlink test CA" -keyout ca.key -out ca.pem \
            -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
        printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' >server.extensions
        printf 'extendedKeyUsage=clientAuth\n' >client.extensions
        for certificate in server:localhost client:guest; do
            who=${certificate%:*}
            openssl req -newkey rsa:2048 -nodes -subj "/CN=${certificate#*:}" -keyout $who.key -out $who.csr
            openssl x509 -req -in $who.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -out $who.pem \
                -extfile $who.extensions
        done
    ) 2>"$dir/tls/log" || fail "No certificates could be made: see $dir/tls/log"
}

write_configuration() {
    local plugins
    {
        echo "listeners.tcp.1 = 127.0.0.1:$port"
        echo "log.file.level = info"
        echo "vm_memory_high_watermark.absolute = 2GB"
        echo "disk_free_limit.absolute = 50MB"
        if $tls; then
            make_certificates
            echo "listeners.ssl.1 = 127.0.0.1:$tls_port"
            echo "ssl_options.cacertfile = $dir/tls/ca.pem"
            echo "ssl_options.certfile = $dir/tls/server.pem"
            echo "ssl_options.keyfile = $dir/tls/server.key"
            echo "ssl_options.verify = verify_peer"
            echo "ssl_options.fail_if_no_peer_cert = $client_certificates"
            echo "auth_mechanisms.1 = PLAIN"
            echo "auth_mechanisms.2 = AMQPLAIN"
            # Who the client's certificate says, by the plugin.
            echo "auth_mechanisms.3 = EXTERNAL"
            echo "ssl_cert_login_from = common_name"
        fi
    } >"$dir/rabbitmq.conf"
    if $tls; then plugins=rabbitmq_auth_mechanism_ssl; else plugins=; fi
    echo "[$plugins]." >"$dir/enabled_plugins"
    if [ ! -s "$dir/.erlang.cookie" ]; then
        head -c 30 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$dir/.erlang.cookie"
        chmod 400 "$dir/.erlang.cookie"
    fi
    echo $tls >"$dir/uses_tls"
}

# Starts a program that outlives this script and is no one's job; $! is its pid. It inherits no descriptor: whoever waits
# for the end of what this script has open would wait for the broker's.
launch() {
    local log=$1
    shift
    if command -v setsid >/dev/null; then set -- setsid "$@"; else set -- nohup "$@"; fi
    (
        for descriptor in /dev/fd/*; do
            descriptor=${descriptor##*/}
            if [ "$descriptor" -gt 2 ] && [ "$descriptor" -ne 255 ]; then eval "exec $descriptor>&-"; fi
        done
        exec "$@" </dev/null >"$log" 2>&1
    ) &
}

# try_start: 0 ready, 1 the ports were taken by someone else meanwhile or it failed.
try_start() {
    rm -rf "$dir/log" "$dir/vm.pid"
    mkdir -p "$dir/data" "$dir/log"
    write_configuration
    # In the foreground, so that it is ours to stop; else the VM starts a daemon that stays behind.
    launch "$dir/log/epmd" epmd -port "$epmd_port" -address 127.0.0.1
    echo $! >"$dir/epmd.pid"
    local tries=1500
    until accepts "$epmd_port"; do
        [ $((tries -= 1)) -gt 0 ] && kill -0 "$(cat "$dir/epmd.pid")" 2>/dev/null || return 1
        sleep 0.02
    done
    # Not a stranger's.
    epmd_is_up || return 1
    launch "$dir/log/output" "$bin/rabbitmq-server"
    echo $! >"$dir/server.pid"
    tries=1200
    until grep -qs "Server startup complete" "$dir"/log/*.log && accepts "$port"; do
        [ $((tries -= 1)) -gt 0 ] && kill -0 "$(cat "$dir/server.pid")" 2>/dev/null || return 1
        sleep 0.05
    done
}

rabbitmq_start() {
    need_rabbitmq
    if load_instance && server_is_up; then
        rabbitmq_status
        return
    fi
    if $fresh; then rm -rf "$dir/data" "$dir/instance"; fi
    local attempt
    for attempt in 1 2 3; do
        # The ports of the last time, so that clients find it again; others when someone took them.
        if ! load_instance || ports_are_taken; then
            choose_ports
            load_instance
        fi
        if try_start; then
            rabbitmq_status
            return
        fi
        rabbitmq_kill
        tail -n 5 "$dir"/log/epmd "$dir"/log/output >&2 || true
    done
    fail "RabbitMQ does not start: see $dir/log"
}

stop_epmd() {
    if epmd_is_up; then
        kill "$(cat "$dir/epmd.pid")"
        wait_gone "$(cat "$dir/epmd.pid")" 5 || kill -KILL "$(cat "$dir/epmd.pid")"
    fi
    rm -f "$dir/epmd.pid" "$dir/server.pid" "$dir/vm.pid"
}

rabbitmq_stop() {
    load_instance || return 0
    if server_is_up; then
        # Its script passes this on to the VM, which closes down in order. A stopped VM would never hear it.
        vm_is_up && kill -CONT "$(cat "$dir/vm.pid")"
        kill -TERM "$(cat "$dir/server.pid")"
        wait_gone "$(cat "$dir/server.pid")" 30 || { rabbitmq_kill; return; }
    fi
    stop_epmd
}

rabbitmq_kill() {
    load_instance || return 0
    if vm_is_up; then kill -KILL "$(cat "$dir/vm.pid")"; fi
    if server_is_up; then
        # Its script ends with the VM.
        wait_gone "$(cat "$dir/server.pid")" 10 || kill -KILL "$(cat "$dir/server.pid")"
    fi
    stop_epmd
}

rabbitmq_status() {
    load_instance && server_is_up || { echo '{"state":"down"}'; return 1; }
    local secure=
    if [ "$(cat "$dir/uses_tls")" = true ]; then
        secure="\"tls_url\":\"amqps://guest:guest@localhost:$tls_port\",\"tls_dir\":\"$dir/tls\","
    fi
    printf '{"state":"up","url":"amqp://guest:guest@127.0.0.1:%s",%s"pids":{"server":%s,"vm":%s,"epmd":%s},' \
        "$port" "$secure" "$(cat "$dir/server.pid")" "$(cat "$dir/vm.pid")" "$(cat "$dir/epmd.pid")"
    printf '"node":"%s","dir":"%s"}\n' "$node" "$dir"
}

rabbitmq_ctl() {
    rabbitmq_bin && load_instance && server_is_up || fail "No RabbitMQ runs in $dir"
    "$bin/rabbitmqctl" "$@"
}
