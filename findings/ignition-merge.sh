#!/usr/bin/env bash
# Ignition 2.24.0, config spec 3.5.0: what becomes of values when a child config is merged into its parent.
# Expected by most: a child that gives a file new contents replaces the contents; one that gives a filesystem another format replaces
# its options; two valid configs merge into a valid one; two filesystems for one mount point are refused.
# Seen: contents are merged key by key, so that the parent's compression and hash stay beside the child's source (a plain text that is
# to be unpacked as gzip and compared with another hash); mkfs options of the parent's ext4 stand before those of the child's xfs; a
# numbered partition is matched by its number alone, so that one label can stand twice, which Ignition then refuses; filesystems are
# matched by device, so that two of them on /var are valid.
# What follows: who overrides `source` has to override `compression` (by "") and `verification.hash` too, cannot take options back,
# and has to judge the merged config, not its parts.
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
export GOPATH=$dir/go GOFLAGS='-mod=mod -modcacherw'
mkdir "$dir/program"
printf 'module finding\n\ngo 1.24\n\nrequire github.com/coreos/ignition/v2 v2.24.0\n' > "$dir/program/go.mod"
cat > "$dir/program/main.go" <<'GO'
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/coreos/ignition/v2/config/v3_5"
	"github.com/coreos/ignition/v2/config/v3_5/types"
)

// One argument: is this storage section valid? Two: what does the second make of the first?
func main() {
	merged := read(os.Args[1])
	for _, child := range os.Args[2:] {
		merged = v3_5.Merge(merged, read(child))
	}
	text, err := json.Marshal(merged.Storage)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(text))
}

func read(storage string) types.Config {
	config, report, err := v3_5.Parse([]byte(`{"ignition":{"version":"3.5.0"},"storage":` + storage + `}`))
	if err != nil {
		fmt.Fprintln(os.Stderr, err, report.String())
		os.Exit(1)
	}
	return config
}
GO
(cd "$dir/program" && go build -o "$dir/ignition-merge" .)
merge() { "$dir/ignition-merge" "$1" "$2"; }
is_valid() { "$dir/ignition-merge" "$1" > "$dir/out" 2>&1; }

file='"path":"/etc/app.conf","contents"'
hash=sha256-$(printf '1%.0s' $(seq 64))
merged=$(merge \
  '{"files":[{'"$file"':{"source":"data:;base64,H4sIAAAAAAAAA0tMBgA=","compression":"gzip","verification":{"hash":"'"$hash"'"}}}]}' \
  '{"files":[{'"$file"':{"source":"data:,plain"}}]}')
echo "$merged"
grep -q '"compression":"gzip","source":"data:,plain","verification":{"hash":"'"$hash"'"}' <<< "$merged"

filesystem='"device":"/dev/sda1","path":"/var","format"'
merged=$(merge \
  '{"filesystems":[{'"$filesystem"':"ext4","options":["-m","1"]}]}' \
  '{"filesystems":[{'"$filesystem"':"xfs","options":["-K"]}]}')
echo "$merged"
grep -q '"format":"xfs","options":\["-m","1","-K"\]' <<< "$merged"

disk='{"disks":[{"device":"/dev/sda","partitions":'
parent=$disk'[{"number":1,"label":"data","sizeMiB":100}]}]}'
child=$disk'[{"number":2,"label":"data","sizeMiB":200}]}]}'
is_valid "$parent" && is_valid "$child" && echo 'parent and child: valid'
merged=$(merge "$parent" "$child")
echo "$merged"
if is_valid "$merged"; then echo 'changed: the merged table is valid' >&2; exit 1; fi
echo 'merged: refused (the label stands twice)'

merged=$(merge \
  '{"filesystems":[{"device":"/dev/sda1","format":"ext4","path":"/var"}]}' \
  '{"filesystems":[{"device":"/dev/sdb1","format":"xfs","path":"/var"}]}')
echo "$merged"
is_valid "$merged" && echo 'merged: valid, with two filesystems on /var'
