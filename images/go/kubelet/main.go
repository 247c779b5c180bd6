// Command kubelet is the upstream kubelet and the upstream kubeadm, unmodified and in one binary: the name it is called by
// decides. They share most of their packages; apart, kubeadm costs an image a third more. k8s.io/kubernetes cannot be installed
// by version, because its go.mod replaces the staging modules; this module requires it and pins each to its published tag.
// `kubelet --version` is answered by package versionflag.
package main

import (
	"context"
	"os"
	"path/filepath"

	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubeadm "k8s.io/kubernetes/cmd/kubeadm/app"
	kubeadmutil "k8s.io/kubernetes/cmd/kubeadm/app/util/errors"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"

	_ "keel.invalid/kubelet/versionflag"
)

// Only the wanted constructor is called: each registers global flags and feature gates of its own.
func main() {
	if filepath.Base(os.Args[0]) == "kubeadm" {
		kubeadmutil.HandleError(kubeadm.Run())
		return
	}
	os.Exit(cli.Run(kubelet.NewKubeletCommand(context.Background())))
}
