#!/usr/bin/env bash
set -euo pipefail
usage() {
  cat <<'TEXT'
usage: tests/bare.sh [bookworm|trixie|noble] [--root] [--tests-alone] [--break PACKAGE] [--keep]

Makes a bare machine in a folder (debootstrap's smallest Debian 12, Debian 13 or Ubuntu 24.04), puts
a clone of the last commit into it and runs both commands of the README there, the quickstart first,
and behind them the tests that need root.
Of this machine it has the package sources and the settings that reach them, nothing else: no
ccache, no ../shared. Needs root. Where such a machine cannot be made it says why and ends with
status 77. The last line counts the tests.

  --root           as root; otherwise as a user who has sudo, in a path with a blank
  --tests-alone    tests/run.sh alone, on a machine that has not seen the quickstart
  --break PACKAGE  without this one in the list of packages, to see it fail
  --keep           leave the folder there
  --help           this text
TEXT
}
wrong() {
  echo "bare.sh: $*; see tests/bare.sh --help" >&2
  exit 2
}
skip() {
  echo "skipped: bare machine, $*"
  exit 77
}

suite=bookworm person=ann commands=(apps/quickstart.sh tests/run.sh tests/as_root.sh)
broken="" keep=""
while (($#)); do
  case $1 in
    bookworm | trixie | noble) suite=$1 ;;
    --root) person=root ;;
    --tests-alone) commands=(tests/run.sh tests/as_root.sh) ;;
    --break)
      broken=${2:-}
      [[ -n $broken ]] || wrong "--break needs a package"
      shift
      ;;
    --keep) keep=yes ;;
    -h | --help) usage; exit 0 ;;
    *) wrong "unknown argument '$1'" ;;
  esac
  shift
done
cd "$(dirname -- "${BASH_SOURCE[0]}")/.."

((EUID == 0)) || skip "which only root can make"
command -v apt-get >/dev/null || skip "which needs the package sources of a Debian or Ubuntu"
apps/install_packages.sh bare || skip "for which debootstrap cannot be installed"
# private COMMAND...: in namespaces of its own, with which its mounts and processes end.
child=""
private() {
  unshare --mount --propagation private --pid --fork --kill-child "$@" &
  child=$!
  local status=0
  wait "$child" || status=$?
  child=""
  return "$status"
}
folder=$PWD/build/bare/$suite.$$
machine=$folder/root
mkdir -p "$folder"
# Nothing is ever mounted there outside of private(), so nothing but the folder is removed.
clean_up() {
  if [[ -n $keep ]]; then echo "left in $machine"; else rm -rf --one-file-system -- "$folder"; fi
}
trap clean_up EXIT
trap 'if [[ -n $child ]]; then kill -KILL "$child"; fi; wait; exit 130' INT TERM HUP
mkdir "$machine"
# shellcheck disable=SC2016
private sh -c 'mount -t proc proc "$1" && umount "$1" && mknod "$2" c 1 3 && : >"$2"' \
  sh "$machine" "$folder/null" 2>/dev/null || skip "as mounts or devices are forbidden here"

# What the package sources of this machine have for the suite: lines of URI, release, component.
# A mirror of one of the two families is asked for the other beside it: .../debian, .../ubuntu.
apt-get update -qq || true
# shellcheck disable=SC1091
. /etc/os-release
family=debian other=ubuntu
if [[ $suite == noble ]]; then family=ubuntu other=debian; fi
# shellcheck disable=SC2016
apt-get indextargets --format '$(ORIGIN) $(REPO_URI) $(RELEASE) $(COMPONENT)' \
  'Created-By: Packages' | sort -u |
  awk -v host="${VERSION_CODENAME:-}" \
    '/^(Debian|Ubuntu) / && index($3, host) == 1 { print $2, $3, $4 }' |
  sed "s/ ${VERSION_CODENAME:-}/ $suite/" >"$folder/own"
if [[ $ID != "$family" ]]; then
  awk -v own="$suite" '$2 == own { print $1; exit }' "$folder/own" | sed "s|/$other/*$|/$family/|" |
    while read -r uri; do
      printf "$uri %s main\n" "$suite" "$suite-updates"
      [[ $family == debian ]] || printf "$uri %s universe\n" "$suite" "$suite-updates"
    done >"$folder/beside"
  mv "$folder/beside" "$folder/own"
fi
mirror="" lines=""
while read -r uri release component; do
  /usr/lib/apt/apt-helper download-file "${uri%/}/dists/$release/InRelease" "$folder/InRelease" \
    &>"$folder/log" || continue
  if [[ $release == "$suite" ]]; then mirror=$uri; fi
  lines+="deb $uri $release $component"$'\n'
done <"$folder/own"
[[ -n $mirror ]] || skip "the package sources of this machine have no $suite"

# Who signs it. Debian 12 does not have Ubuntu's keys; Debian 13 has, and signs them.
keys=/usr/share/keyrings/$family-archive-keyring.gpg
if [[ ! -e $keys ]]; then
  mkdir -p "$folder/lists/partial"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
    "${mirror/%\/$family\//\/debian\/} trixie main" >"$folder/trixie.list"
  apt=(apt-get -qq -o "Dir::Etc::SourceList=$folder/trixie.list" -o Dir::Etc::SourceParts=/dev/null
       -o "Dir::State::Lists=$folder/lists")
  (cd "$folder" && "${apt[@]}" update && "${apt[@]}" download "$family-keyring" &&
    dpkg-deb --extract "$family"-keyring_*.deb .) &>"$folder/log" || true
  keys=$folder$keys
  [[ -e $keys ]] || skip "the keys of $family's archive are not here (package $family-keyring)"
fi

echo "== Making a bare $suite from $mirror"
script=$suite
if [[ ! -e /usr/share/debootstrap/scripts/$suite ]]; then
  script=sid
  if [[ $family == ubuntu ]]; then script=gutsy; fi
fi
eval "$(apt-config shell http_proxy Acquire::http::Proxy https_proxy Acquire::https::Proxy)"
export http_proxy https_proxy
started=$SECONDS
umask 022
if ! private debootstrap --variant=minbase --keyring="$keys" --force-check-gpg "$suite" \
  "$machine" "$mirror" "$script" &>"$folder/log"; then
  tail -n 20 -- "$folder/log"
  echo "bare.sh: debootstrap failed" >&2
  exit 1
fi
printf '%s' "$lines" >"$machine/etc/apt/sources.list"
cp -L /etc/resolv.conf /etc/hosts "$machine/etc/"
# The settings that reach the sources: proxies, retries, certificates, passwords.
for file in /etc/apt/apt.conf /etc/apt/apt.conf.d/*; do
  if grep -qs '^ *Acquire' "$file"; then cp "$file" "$machine/etc/apt/apt.conf.d/"; fi
done
if [[ -e /etc/apt/auth.conf ]]; then cp /etc/apt/auth.conf "$machine/etc/apt/"; fi
cp -r /etc/apt/auth.conf.d "$machine/etc/apt/" 2>/dev/null || true
if [[ $lines == *https:* && -e /etc/ssl/certs/ca-certificates.crt ]]; then
  mkdir -p "$machine/etc/ssl/certs"
  cp /etc/ssl/certs/ca-certificates.crt "$machine/etc/ssl/certs/"
fi

home=/root
if [[ $person != root ]]; then home=/home/$person; fi
place="$home/two words/sonant"
mkdir -p "$machine$place"
git clone --quiet --depth 1 "file://$PWD" "$machine$place"
changed=$(git status --porcelain | wc -l)
((changed == 0)) || echo "note: $changed files that are not committed are not tested"
if [[ -n $broken ]]; then
  sed -i -E "/^declare -A packages=/,/^\)/s/([ \"])$broken([ \"]|$)/\1\2/" \
    "$machine$place/apps/install_packages.sh"
  git -C "$machine$place" diff --quiet && wrong "no package '$broken' is in the list"
fi

# inside MACHINE PERSON HOME PLACE COMMAND...: what private() runs.
inside() {
  set -euo pipefail
  local machine=$1 person=$2 home=$3 place=$4 command name
  shift 4
  # A root that is no mount point has no namespaces in it; slurmd looks at the control groups.
  mount --bind "$machine" "$machine"
  mount -t proc proc "$machine/proc"
  mount -t sysfs -o ro sysfs "$machine/sys"
  mount --rbind /sys/fs/cgroup "$machine/sys/fs/cgroup" 2>/dev/null || true
  [[ -e $machine/dev/fuse ]] || mknod -m 666 "$machine/dev/fuse" c 10 229
  mount -t devpts -o newinstance,ptmxmode=0666,gid=5,mode=620 devpts "$machine/dev/pts"
  mount -t tmpfs -o mode=1777 tmpfs "$machine/dev/shm"
  # What OpenBLAS must be told about this processor is no setting of a distribution's.
  local environment=(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb)
  for name in OPENBLAS_CORETYPE OPENBLAS_L2_SIZE; do
    if [[ -n ${!name:-} ]]; then environment+=("$name=${!name}"); fi
  done
  as() { # as PERSON COMMAND...
    local groups=()
    if [[ $1 != root ]]; then groups=("--groups=$1,sudo"); fi
    chroot "--userspec=$1:$1" "${groups[@]}" "$machine" env -i "${environment[@]}" "USER=$1" \
      "LOGNAME=$1" "HOME=$home" SHELL=/bin/bash "${@:2}" </dev/null
  }
  installed() { as root dpkg-query --show | sort; }

  if [[ $person != root ]]; then
    as root sh -c 'apt-get update -qq && apt-get install -qq -y --no-install-recommends sudo' \
      >"$machine/tmp/log" 2>&1 || { tail -n 20 "$machine/tmp/log" && return 1; }
    as root useradd --shell /bin/bash --groups sudo "$person"
    echo "$person ALL=(ALL) NOPASSWD: ALL" >"$machine/etc/sudoers.d/$person"
    as root chown -R "$person:" "$home"
    rm -rf --one-file-system "${machine:?}"/var/lib/apt/lists/*
  fi

  local passed=0 failed=0 who status started before good bad promised new log=$machine/tmp/log
  for command in "$@"; do
    who=$person
    if [[ $command == */as_root.sh ]]; then who=root; fi
    echo "== $command, as $who in $place"
    status=0 started=$SECONDS before=$(installed) good="" bad=""
    # shellcheck disable=SC2016
    as "$who" bash -c 'cd "$1" && "$2"' bash "$place" "$command" 2>&1 | tee "$log" || status=$?
    echo "== $command: status $status after $((SECONDS - started)) s"
    read -r good bad < <(sed -nE '$s/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$log") || true
    if [[ -z $good ]]; then good=$((status == 0)) bad=0; fi
    if ((status != 0 && bad == 0)); then bad=1; fi
    # What it said it would install is what it installed.
    promised=$(sed -nE 's/^packages +([0-9]+) packages, .*/\1/p' "$log")
    new=$(comm -13 <(echo "$before") <(installed) | wc -l)
    if [[ $command == *quickstart* && $promised != "$new" ]]; then
      echo "$command: promised ${promised:-no} packages, installed $new"
      bad=$((bad + 1))
    fi
    passed=$((passed + good)) failed=$((failed + bad))
  done
  echo "$passed passed, $failed failed"
  ((failed == 0))
}
echo "== Made in $((SECONDS - started)) s, $(du -sh -- "$machine" | cut -f 1)"
private bash -c "$(declare -f inside); inside \"\$@\"" bash \
  "$machine" "$person" "$home" "$place" "${commands[@]}"
