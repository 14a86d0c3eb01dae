# SPDX-License-Identifier: GPL-2.0-or-later
#
# Read by scripts that fetch a package of the distribution and make something of
# it in build/$package: what they say, and apt with a private state below $work.
# Packages come from the repositories that this system has its own from, and apt
# authenticates them; what apt knows and what is installed stays as it is.

dir=build/$package work=$PWD/build/$package/work log=$PWD/build/$package/log

# What a command that fails was part of; empty once that is said.
stage='looking for tools'

finish()
{
	[ -z "$stage" ] || {
		[ ! -f "$log" ] || tail -n 15 "$log"
		echo "$package: $stage failed; see $log"
	} >&4
}

die()
{
	stage=''
	echo "$package: $*" >&4
	exit 1
}

say()
{
	printf '  %-7s %s\n' "$(echo "$package" | tr a-z A-Z)" "$*" >&3
}

begin()
{
	exec 3>&1 4>&2
	trap finish EXIT
}

# From here on what is printed goes to the log.
enter_work()
{
	rm -rf "$work"
	mkdir -p "$work"
	exec >"$log" 2>&1
	cd "$work"
}

# Proxies and policy are the system's. Not so its hooks, which would go on to
# refresh other caches, nor its download user, who may not get at our files.
apt_conf()
{
	apt-config dump | grep -iv invoke
	cat <<-END
	APT::Sandbox::User "root";
	Dir::Etc::main "/dev/null";
	Dir::Etc::parts "/dev/null";
	Dir::Etc::sourcelist "/dev/null";
	Dir::Etc::sourceparts "$work/sources";
	Dir::State::lists "$work/lists";
	Dir::Cache "$work/cache";
	Dir::Cache::archives "archives";
	END
}

# The system's repositories, in both of apt's formats: packages of the kind
# $1, deb or deb-src, in the place of theirs, all options kept.
one_line_sources()
{
	sed -nE "s/^[[:blank:]]*deb(-src)?([[:blank:]])/$1\2/p" |
		awk '!seen[$0]++'
}

stanza_sources()
{
	awk -v kind="$1" '
		tolower($0) ~ /^types:/ { print "Types: " kind; types = 1; next }
		types && /^[ \t]/ { next }
		{ types = 0; print }'
}

# KIND...: afterwards apt has the lists of these, as far as they can be had.
private_apt()
{
	mkdir -p sources lists/partial cache/archives/partial
	list='' parts=''
	eval "$(apt-config shell list Dir::Etc::sourcelist/f \
		parts Dir::Etc::sourceparts/d)"
	for kind; do
		cat "$list" "$parts"*.list 2>/dev/null |
			one_line_sources "$kind" >"sources/$kind.list"
		for f in "$parts"*.sources; do
			cat "$f" && echo
		done 2>/dev/null | stanza_sources "$kind" >"sources/$kind.sources"
	done
	grep -q '^deb' sources/*.list || grep -q '^Types:' sources/*.sources ||
		die "apt has no package repository configured"
	apt_conf >apt.conf
	export APT_CONFIG="$work/apt.conf"
	apt-get -q update || :	# one repository of several may be out of reach
	ls lists/*Release ||
		die "no package repository can be read (no network?); see $log"
}

# The versions of a source package, the newest first.
source_versions()
{
	apt-cache showsrc --only-source "$1" |
		sed -n 's/^Version: //p' | sort -rVu
}
