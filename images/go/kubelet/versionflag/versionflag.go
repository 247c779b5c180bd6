// Package versionflag answers `kubelet --version` with the kubelet's words and from its variable, before the packages of the
// kubelet and of kubeadm are initialised: kubeadm asks twice while a node joins, and waits for little else. Go initialises a package
// as soon as what it imports is, in the order of their paths, so this one imports little. Every other command line is left alone.
package versionflag

import (
	"fmt"
	"os"
	"path/filepath"

	"k8s.io/component-base/version"
)

func init() {
	if len(os.Args) == 2 && os.Args[1] == "--version" && filepath.Base(os.Args[0]) == "kubelet" {
		fmt.Printf("Kubernetes %s\n", version.Get())
		os.Exit(0)
	}
}
