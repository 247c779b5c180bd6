#!/usr/bin/env bash
# go-cty-yaml 1.2.0: the decoder and encoder behind yamldecode() and yamlencode() of OpenTofu and Terraform.
# Expected by most who write YAML for a node: keys stay text, and 0644 and 0o644 are one file mode.
# Seen: an unquoted key y, on or yes becomes "true", n or off becomes "false"; 0644 is the decimal number 644, 0o644 is 420; an
# unquoted date becomes a timestamp at midnight; of two equal keys the last one wins. yamlencode writes all of that back as if it had been meant.
# What follows: hand YAML for a node through file() or templatefile() as text, never through yamldecode() and yamlencode().
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
export GOPATH=$dir/go GOFLAGS='-mod=mod -modcacherw'
mkdir "$dir/program" && cd "$dir/program"
printf 'module finding\n\ngo 1.24\n\nrequire (\n\tgithub.com/zclconf/go-cty v1.13.0\n\tgithub.com/zclconf/go-cty-yaml v1.2.0\n)\n' > go.mod
cat > main.go <<'GO'
package main

import (
	"fmt"
	"io"
	"os"

	yaml "github.com/zclconf/go-cty-yaml"
)

// Decodes the document on stdin as yamldecode does, and encodes the value again as yamlencode does.
func main() {
	text, err := io.ReadAll(os.Stdin)
	check(err)
	kind, err := yaml.ImpliedType(text)
	check(err)
	value, err := yaml.Unmarshal(text, kind)
	check(err)
	again, err := yaml.Marshal(value)
	check(err)
	fmt.Print(string(again))
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
GO
go build -o through .

wrong=0
sees() { # DOCUMENT WANTED
  seen=$(printf '%b' "$1" | ./through | tr -d '"' | tr -s '\n ' ' ' | sed 's/ $//')
  printf '%-28s -> %s\n' "${1//\\n/ }" "$seen"
  [ "$seen" = "$2" ] || { echo "  changed: it was: $2" >&2; wrong=1; }
}
sees 'point: {x: 1, y: 2}\n' 'point: true: 2 x: 1'
sees 'on: {boot: 1}\n' 'true: boot: 1'
sees 'n: 3\n' 'false: 3'
sees 'mode: 0644\n' 'mode: 644'
sees 'mode: 0o644\n' 'mode: 420'
sees 'built: 2026-11-29\n' 'built: 2026-11-29T00:00:00Z'
sees 'size: 1\nsize: 2\n' 'size: 2'
exit $wrong
