// Command etcd is the unmodified upstream server. It cannot be installed by version, because its go.mod replaces its sibling
// modules; those are tagged alike, so requiring it is enough.
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() { etcdmain.Main(os.Args) }
