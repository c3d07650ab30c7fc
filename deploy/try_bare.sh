#!/usr/bin/env bash
# Try the front doors on a machine that has nothing: a bare root made by debootstrap, an ordinary user, no CA certificates.
#
#   deploy/try_bare.sh bookworm /tmp/bookworm      also: trixie, noble
#
# Run as root, with debootstrap and git here. Takes what is committed in this checkout. The root is made when it is not there and
# kept, so that a second try is quick; nothing else of this machine is touched. With NO_LISTS=1 the root loses its apt lists first.
set -eu
suite=$1 root=$2
checkout=$(cd "$(dirname "$0")/.." && pwd)
port=${CARTWRIGHT_PORT:-8765}

if [ ! -e "$root/usr/bin/python3" ]; then
    case $suite in
        noble) mirror=http://archive.ubuntu.com/ubuntu script=/usr/share/debootstrap/scripts/gutsy components=main,universe ;;
        *) mirror=http://deb.debian.org/debian script= components=main ;;
    esac
    debootstrap --variant=minbase --include=python3 --components="$components" "$suite" "$root" "$mirror" ${script:+"$script"}
fi
cp /etc/resolv.conf "$root/etc/resolv.conf"
[ -z "${NO_LISTS:-}" ] || find "$root/var/lib/apt/lists" -mindepth 1 -delete

for tool in make git curl uv pip3; do
    if chroot "$root" sh -c "command -v $tool" >/dev/null; then echo "not bare: $root has $tool" >&2; exit 1; fi
done
if [ -e "$root/etc/ssl/certs/ca-certificates.crt" ]; then echo "not bare: $root has CA certificates" >&2; exit 1; fi

home=$root/home/shop
rm -rf "$home"
mkdir -p "$home"
git clone --quiet "$checkout" "$home/cartwright"
chown -R 4242:4242 "$home"

mounted=
unmount() { if [ -n "$mounted" ]; then umount "$root/proc"; fi; }
trap unmount EXIT
if mount -t proc proc "$root/proc"; then mounted=1; fi

as_user() { chroot "$root" setpriv --reuid=4242 --regid=4242 --clear-groups env -i PATH=/usr/bin:/bin "$@"; }

echo "== $suite: first set-up"
time as_user HOME=/home/shop sh -c 'cd ~/cartwright && ./run setup'
echo "== second start"
time as_user HOME=/home/shop sh -c 'cd ~/cartwright && ./run --help'
echo "== from another folder, with nothing in the environment"
chroot "$root" setpriv --reuid=4242 --regid=4242 --clear-groups env -i sh -c 'cd / && /home/shop/cartwright/.venv/bin/cartwright --help' >/dev/null
echo "== a document, and the rest of the suite, with no home"
time as_user sh -c 'cd /home/shop/cartwright && ./test'
echo "== the demo"
as_user HOME=/home/shop CARTWRIGHT_PORT="$port" sh -c '
    cd ~/cartwright
    ./run & demo=$!
    python3 -c "
import sys, time, urllib.request
for second in range(60):
    try:
        print(\"/healthz:\", urllib.request.urlopen(\"http://127.0.0.1:$CARTWRIGHT_PORT/healthz\", timeout=5).status)
        sys.exit(0)
    except OSError:
        time.sleep(1)
sys.exit(\"the demo does not answer\")
"
    answered=$?
    kill $demo
    wait $demo
    exit $answered'
echo "== $suite: all well"
