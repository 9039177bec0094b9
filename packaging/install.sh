# SPDX-License-Identifier: Apache-2.0
# Sourced by ./run, ./test and bench/run:
#   install_packages SECTION...   brings what those sections of debian-packages.txt name and this machine lacks
# Asks the network for nothing if nothing is missing. Talks on stderr.

say() { printf '%s\n' "$*" >&2; }
die() { say "$(basename "$0"): $*"; exit 1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else
        command -v sudo >/dev/null || die "needs root to install packages: run it as root once, or install sudo"
        sudo "$@"
    fi
}

# The pages and the tests want node 18 or newer with npm; any that is there already will do.
has_node() {
    local version
    command -v node npm >/dev/null && version=$(node --version) && version=${version#v} && [ "${version%%.*}" -ge 18 ]
}

packages_of() {
    awk -v wanted=" $* " '/^\[/ { gsub(/[][]/, ""); on = index(wanted, " " $0 " "); next } on && /^[^#]/' \
        "$root/packaging/debian-packages.txt"
}

missing_of() {
    local name
    local installed  # dpkg-query fails if it has never heard of one of the names: that one is missing, then
    installed=$(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' "$@" 2>/dev/null | sed -n 's/^ii *//p' || true)
    for name; do grep -qxF "$name" <<<"$installed" || echo "$name"; done
}

install_packages() {
    local names missing attempt
    command -v dpkg-query >/dev/null || die "this is made for Debian 12, and there is no dpkg here"
    names=$(packages_of "$@"; has_node || packages_of node)
    missing=$(missing_of $names)
    [ -n "$missing" ] || return 0
    say "Installing from Debian, once (some hundred megabytes on a bare machine, a few minutes):" $missing
    export DEBIAN_FRONTEND=noninteractive
    # The tests start a private one; the system's would take mail on port 25.
    case " $(echo $missing) " in *" postfix "*)
        echo "postfix postfix/main_mailer_type select No configuration" | as_root debconf-set-selections ;;
    esac
    for attempt in 1 2; do
        as_root apt-get -q update >&2 &&
            as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install $missing >&2 && return 0
        [ "$attempt" = 2 ] || { say "apt-get failed; trying once more"; sleep 3; }
    done
    die "could not install: $(echo $missing)"
}

# build PRESET TARGET...: configures if that was not done with these presets, then builds what changed.
build() {
    local preset=$1; shift
    [ "$root/build/$preset/build.ninja" -nt "$root/CMakePresets.json" ] ||
        { say "Configuring build/$preset"; (cd "$root" && cmake --preset "$preset") >&2 || die "cmake could not configure $preset"; }
    ninja -C "$root/build/$preset" "$@" >&2 || die "the build of $preset failed: see the first error above"
}
