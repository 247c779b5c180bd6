#!/usr/bin/env bash
# containerd 2.3.7: hosts.toml, by the packages with which containerd reads it and asks a registry.
# Expected by most who write one: the name of a header has no case, and a path in the URL of a mirror is where its API is.
# Seen: `Authorization` under [header] is sent to the registry and to its token service, and gives way to the token. `authorization` is
# sent in addition to the token, so that each further request has two Authorization headers; a registry that wants one refuses it.
# A path gets /v2 behind it, also one that has /v2 in it already (Harbor's proxy caches); only override_path leaves it alone.
# What follows: write Authorization with a capital letter, and override_path = true where the path has the v2.
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
export GOPATH=$dir/go GOFLAGS='-mod=mod -modcacherw'
mkdir "$dir/program" && cd "$dir/program"
printf 'module finding\n\ngo 1.26\n\nrequire github.com/containerd/containerd/v2 v2.3.7\n' > go.mod
cat > main.go <<'GO'
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/containerd/containerd/v2/core/remotes/docker"
	"github.com/containerd/containerd/v2/core/remotes/docker/config"
	"github.com/containerd/log"
)

// Resolves an image of registry.test by a hosts.toml, and prints what the server was asked and with which Authorization headers.
func main() {
	log.L.Logger.SetOutput(io.Discard)
	server := httptest.NewServer(http.HandlerFunc(answer))
	defer server.Close()
	dir := os.Args[1]
	text := strings.ReplaceAll(os.Args[2], "URL", server.URL)
	check(os.MkdirAll(filepath.Join(dir, "registry.test"), 0o755))
	check(os.WriteFile(filepath.Join(dir, "registry.test", "hosts.toml"), []byte(text), 0o600))
	hosts := config.ConfigureHosts(context.Background(), config.HostOptions{HostDir: config.HostDirFromRoot(dir)})
	resolver := docker.NewResolver(docker.ResolverOptions{Hosts: hosts})
	_, _, err := resolver.Resolve(context.Background(), "registry.test/app:1")
	if err != nil {
		fmt.Println("error")
	}
}

// A registry that sends everybody without a token to its token service.
func answer(w http.ResponseWriter, r *http.Request) {
	var kinds []string
	for _, value := range r.Header.Values("Authorization") {
		kinds = append(kinds, strings.Fields(value)[0])
	}
	slices.Sort(kinds)
	fmt.Printf("%s %s %s\n", r.Method, r.URL.Path, strings.Join(kinds, "+"))
	if r.URL.Path == "/token" {
		check(json.NewEncoder(w).Encode(map[string]string{"token": "t"}))
		return
	}
	if !slices.Equal(kinds, []string{"Bearer"}) {
		w.Header().Set("Www-Authenticate", `Bearer realm="http://`+r.Host+`/token",service="registry.test"`)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	w.Header().Set("Content-Type", "application/vnd.oci.image.manifest.v1+json")
	w.Header().Set("Docker-Content-Digest", "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
	w.Header().Set("Content-Length", "2")
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
sees() { # HOSTS_TOML WANTED
  rm -rf hosts
  seen=$(./through hosts "$1" | uniq | tr '\n' ';')
  printf '%s\n  -> %s\n' "$1" "$seen"
  [ "$seen" = "$2" ] || { echo "  changed: it was: $2" >&2; wrong=1; }
}
first='HEAD /v2/app/manifests/1 Basic;GET /token Basic;'
sees $'server = "URL"\n[header]\nAuthorization = "Basic abc"' "${first}HEAD /v2/app/manifests/1 Bearer;"
sees $'server = "URL"\n[header]\nauthorization = "Basic abc"' "${first}HEAD /v2/app/manifests/1 Basic+Bearer;error;"
sees 'server = "URL/v2/hub"' 'HEAD /v2/hub/v2/app/manifests/1 ;GET /token ;HEAD /v2/hub/v2/app/manifests/1 Bearer;'
sees $'server = "URL/v2/hub"\noverride_path = true' 'HEAD /v2/hub/app/manifests/1 ;GET /token ;HEAD /v2/hub/app/manifests/1 Bearer;'
exit $wrong
