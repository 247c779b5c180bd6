#!/usr/bin/env bash
# host-local of the CNI plugins 1.9.1, called as a runtime calls it (CNI 1.1.0).
# Expected by a reader of the CNI specification: GC frees the addresses of attachments that are not listed as valid, and STATUS
# fails when no more ADD can be served.
# Seen: GC exits with 0 and frees nothing; when the range is full ADD fails, and STATUS still exits with 0.
# What follows: keep the leases on a tmpfs, or delete stale ones yourself.
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
export GOPATH=$dir/go GOBIN=$dir/bin GOFLAGS=-modcacherw
go install github.com/containernetworking/plugins/plugins/ipam/host-local@v1.9.1

# A range of 8 addresses: network, gateway and broadcast are taken, five are left.
ipam='"ipam":{"type":"host-local","dataDir":"'$dir'/leases","ranges":[[{"subnet":"10.9.0.0/29"}]]}'
call() { # COMMAND CONTAINER [KEYS]
  printf '{"cniVersion":"1.1.0","name":"pods","type":"bridge",%s%s}' "${3:-}" "$ipam" |
    CNI_COMMAND=$1 CNI_CONTAINERID=$2 CNI_IFNAME=eth0 CNI_NETNS=/proc/self/ns/net CNI_NETNS_OVERRIDE=1 CNI_PATH=$GOBIN \
      "$GOBIN/host-local" > "$dir/out" 2>&1
}
leases() { find "$dir/leases/pods" -name '10.9.0.*' | wc -l; }

for pod in a b c d e; do call ADD "$pod"; done
[ "$(leases)" = 5 ]
call GC '' '"cni.dev/valid-attachments":[{"containerID":"a","ifname":"eth0"}],'
echo "GC with one valid attachment of five: exit 0, $(leases) leases are left"
[ "$(leases)" = 5 ]

if call ADD f; then echo "changed: an address was found after GC" >&2; exit 1; fi
grep -q 'no IP addresses available' "$dir/out"
call STATUS ''
echo "ADD fails: the range is full; STATUS: exit 0"
