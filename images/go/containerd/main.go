// Command containerd is upstream containerd and upstream ctr in one binary: the name it is called by decides.
// Together they cost a few hundred kilobytes more than containerd alone; apart, ctr alone costs 22 MB.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/containerd/containerd/v2/cmd/containerd/command"
	ctr "github.com/containerd/containerd/v2/cmd/ctr/app"
	"github.com/urfave/cli/v2"

	_ "github.com/containerd/containerd/v2/cmd/containerd/builtins"
)

func main() {
	app, name := appOf(os.Args[0])
	if err := app.Run(os.Args); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %s\n", name, err)
		os.Exit(1)
	}
}

// appOf never builds both: each constructor registers global flags and log hooks of its own.
func appOf(argv0 string) (*cli.App, string) {
	if name := filepath.Base(argv0); name == "ctr" {
		return ctr.New(), name
	}
	return command.App(), "containerd"
}
