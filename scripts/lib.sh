# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What is set here is used by those who source it, and the other way round:
# shellcheck disable=SC2034,SC2154
# What the scripts share: messages, a progress line, and how apt is asked.
# Sourced, never run. Sets no state but the variables below.

# The reader of a message must see the culprit and the remedy, so `die` takes both.
die() { # what-went-wrong [remedy]
	progress_end
	printf '%s: %s\n' "${0##*/}" "$1" >&2
	[[ -z ${2-} ]] || printf '%*s  %s\n' ${#0} '' "$2" | sed 's/^ */  /' >&2
	exit 1
}

usage_error() { # what-was-wrong
	printf '%s: %s; try %s --help\n' "${0##*/}" "$1" "${0##*/}" >&2
	exit 2
}

note() { progress_end; printf '%s\n' "$*"; }

# One line that is rewritten in place. Only for eyes: silent when not on a terminal.
progress_shown=
progress() { # text
	[[ -t 2 ]] || return 0
	printf '\r\033[K%.*s' "$(( ${COLUMNS:-80} - 1 ))" "$1" >&2
	progress_shown=1
}

progress_end() {
	[[ -n $progress_shown ]] || return 0
	printf '\r\033[K' >&2
	progress_shown=
}

# The cache outlives a clone: a second clone on the same machine works offline.
cache=${PARTITA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/partita}

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# Suite name of the Debian we run on; anything else is refused by those who need one.
host_suite() {
	local id='' codename=''
	# shellcheck disable=SC1090
	. <(sed -n 's/^ID=/id=/p; s/^VERSION_CODENAME=/codename=/p' /etc/os-release)
	[[ $id == debian ]] || return 1
	printf '%s\n' "$codename"
}

# The mirror is the one that this machine's own apt sources name, whatever their
# format (sources.list or deb822): apt itself is asked, nothing is parsed twice.
debian_mirror() {
	local suite uri
	suite=$(host_suite) || return 1
	uri=$(apt-get update --print-uris 2>/dev/null |
		sed -n "s|^'\(.*\)/dists/$suite/InRelease'.*|\1|p" | head -n 1)
	[[ -n $uri ]] || return 1
	printf '%s\n' "$uri"
}

# Run an apt-get command showing its own progress reports as our one line; what
# else it says is kept for the case that it fails.
apt_quietly() { # label apt-get-argument...
	local label=$1 log status=0
	shift
	log=$(mktemp)
	{ apt-get -q -y -o DPkg::Lock::Timeout=300 -o APT::Status-Fd=3 \
		-o Acquire::Retries=3 "$@" 3>&1 >"$log" 2>&1 </dev/null || echo "failed:$?"; } |
	{
		while IFS=: read -r kind _ percent text; do
			case $kind in
			failed) status=1 ;;
			dlstatus | pmstatus) progress "$label: ${percent%%.*}% $text" ;;
			esac
		done
		exit $status
	} || status=1
	progress_end
	if ((status)); then
		cat "$log" >&2
		rm -f "$log"
		return 1
	fi
	rm -f "$log"
}

# Run a command that takes a while: its output goes to $transcript, its latest line to
# the progress line (or, with nobody watching, to standard output). On failure the end
# of its output is shown, and the command's status returned.
step() { # label command...
	local label=$1 output status=0 started=$SECONDS
	shift
	output=$(mktemp)
	printf -- '--- %s: %s\n' "$label" "$*" >>"$transcript"
	progress "$label …"
	"$@" </dev/null 2>&1 | tee -a "$transcript" "$output" | step_lines "$label" ||
		status=${PIPESTATUS[0]}
	progress_end
	last_line=$(tail -n 1 "$output")
	if ((status)); then
		note "$label: FAILED ($*)"
		[[ ! -t 2 ]] || tail -n "${step_tail:-40}" "$output" | sed 's/^/    /'
	else
		note "$label: done in $((SECONDS - started)) s"
	fi
	rm -f "$output"
	return "$status"
}

step_lines() { # label
	local line
	while IFS= read -r line; do
		if [[ -t 2 ]]; then
			progress "$1: $line"
		else
			printf '    %s\n' "$line"
		fi
	done
}
