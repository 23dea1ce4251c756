#!/bin/sh
# Makes this machine ready: setup.sh run | test | soak.
# Debian packages, the virtual environment .venv, and what requirements*.txt pins.
set -eu
cd "$(dirname "$0")/.."

purpose=${1:-run}
python=${PYTHON:-python3}

case $purpose in
run)
    packages="wkhtmltopdf fonts-liberation"
    files="requirements.txt"
    ;;
test | soak)
    packages="wkhtmltopdf fonts-liberation poppler-utils chromium chromium-headless-shell w3m tmux
        default-jre-headless"
    # A screen reader, and what it needs to run where nobody sits.
    packages="$packages orca xvfb openbox xdotool at-spi2-core dbus-daemon"
    # The old engines of tests/engines, all of them.
    [ "$purpose" = test ] || packages="$packages lynx python3-pyqt5.qtwebkit npm"
    files="requirements.txt requirements-dev.txt"
    ;;
*)
    echo "setup.sh run | test | soak" >&2
    exit 2
    ;;
esac

# A package, or the program it is wanted for: any Java will do.
has() {
    case $1 in
    default-jre-headless) command -v java >/dev/null 2>&1 && return ;;
    esac
    command -v "$1" >/dev/null 2>&1 ||
        dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q '^install ok installed'
}

# Debian packages: installed where nobody has to be asked, else named.

missing=""
if ! command -v "$python" >/dev/null 2>&1; then
    missing="python3 python3-venv"
elif [ ! -x .venv/bin/python ] && ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    missing="python3-venv"
fi
for package in $packages; do
    has "$package" || missing="$missing $package"
done
missing=${missing# }

if [ -n "$missing" ]; then
    line="apt-get install -y --no-install-recommends $missing"
    if [ "$(id -u)" = 0 ]; then
        as_root=""
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        as_root="sudo -n"
    else
        as_root="nobody"
    fi
    if [ "$as_root" != nobody ] && command -v apt-get >/dev/null 2>&1; then
        echo "Ставлю пакеты Debian: $missing"
        export DEBIAN_FRONTEND=noninteractive
        # The words of $as_root and $line are meant to be split.
        $as_root apt-get update -qq || true
        # One that is not to be had (Debian 13 has no wkhtmltopdf) does not keep out the others.
        $as_root env DEBIAN_FRONTEND=noninteractive $line || for package in $missing; do
            $as_root env DEBIAN_FRONTEND=noninteractive \
                apt-get install -y --no-install-recommends "$package" ||
                echo "Не получилось поставить $package. Позже наберите: apt-get update &&" \
                    "apt-get install $package" >&2
        done
    else
        echo "Не хватает пакетов: $missing. Наберите: sudo apt-get update && sudo $line" >&2
        echo "Пока продолжаю без них." >&2
    fi
fi

# The virtual environment.

if ! command -v "$python" >/dev/null 2>&1; then
    echo "Нужен Python 3.11 или новее: команды «$python» нет." >&2
    exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "Нужен Python 3.11 или новее, а «$python» — это $("$python" -V 2>&1)." >&2
    echo "Поставьте новый и наберите, например: PYTHON=python3.12 make $purpose" >&2
    exit 1
fi
if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    echo "Создаю виртуальное окружение .venv"
    if ! "$python" -m venv --clear .venv; then
        echo "Окружение не создаётся. Наберите: sudo apt-get install python3-venv" >&2
        exit 1
    fi
fi

# The stamp says which requirements are installed, so that a second run takes no time.

stamp=.venv/installed-for-$purpose
# shellcheck disable=SC2086 - a list of files
sum=$(cat $files | cksum)
if [ "$(cat "$stamp" 2>/dev/null || true)" != "$sum" ]; then
    echo "Ставлю то, что перечислено в: $files"
    for file in $files; do
        set -- "$@" -r "$file"
    done
    shift
    .venv/bin/python -m pip install --quiet --disable-pip-version-check "$@"
    printf '%s\n' "$sum" >"$stamp"
fi
